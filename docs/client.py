"""A player in sixty lines: `python client.py http://127.0.0.1:8000 LOGIN PASSWORD`. Needs nothing but Python."""

import json
import sys
import urllib.request
import uuid


class Quantix:
    def __init__(self, site, login, password):
        self.base, self.token = f"{site}/api/v1", None
        self.token = self.post("/auth/token", login=login, password=password)["token"]

    def post(self, path, **body):
        # One key for one wish: should the connection break, the same wish with the same key has its effect once.
        return self.ask("POST", path, body, {"Idempotency-Key": str(uuid.uuid4())} if self.token else {})

    def ask(self, method, path, body=None, headers=None):
        headers = {"Content-Type": "application/json", **(headers or {})}
        headers |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        for attempt in range(3):
            try:
                with urllib.request.urlopen(request, timeout=10) as reply:
                    return json.load(reply)
            except urllib.error.HTTPError as error:
                problem = json.load(error)
                raise SystemExit(f"{method} {path}: {problem['code']}: {problem['detail']}") from error
            except OSError:
                if attempt == 2:
                    raise

    def stake(self, on, markets, amount):
        """Stake on the first choice of the first market that is open."""
        for market in markets:
            for choice in market["choices"][:1]:
                wanted = {"market": market["market"], "choice": choice["choice"], "amount": amount}
                bet = self.post("/bets", **on, **wanted)
                return print(f"staked {amount} on {choice['label']} at {bet['odds']}; {bet['balance']} left")

    def play_quiz(self, game):
        session = self.post("/sessions", game=game)
        path = f"/sessions/{session['id']}"
        for index in range(session["state"]["total"]):
            self.stake({"session": session["id"]}, self.ask("GET", f"{path}/markets")[::-1], "1.00")
            question = self.post(f"{path}/moves", index=index)["state"]["question"]
            first = {"numeric": 0, "short": "?"}.get(question["kind"]) or question["options"][0]["id"]
            answer = [first] if question["kind"] == "multiple" else first
            session = self.post(f"{path}/moves", index=index, answer=answer)
            print(question["text"], "->", answer, session["state"]["answered"][-1]["correct"])
        print(f"the quiz is a {session['result']}, score {session['score']:.2f}")


if __name__ == "__main__":
    me = Quantix(*sys.argv[1:])
    me.play_quiz(me.ask("GET", "/games?type=quiz&page_size=1")["results"][0]["id"])
    for event in me.ask("GET", "/games?type=prediction")["results"][:1]:
        me.stake({"game": event["id"]}, me.ask("GET", f"/games/{event['id']}/markets"), "2.00")
    print("in the wallet:", me.ask("GET", "/wallet")["balance"])
