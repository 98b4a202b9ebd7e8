"""Bugs planted in webhooks, and a worker that is killed: with each bug the test that should notice does."""

import json
import socket
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.webhooks import addresses, delivering, sender
from accounts.webhooks.models import Delivery, WebhookEvent
from quantix import clock
from quantix.tests import crowd
from quantix.tests.at_once import at_once
from quantix.tests.planting import plant

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[False, True], ids=["as it is", "planted"])
def planted(request):
    return request.param


def happen(webhook, count):
    for number in range(count):
        event = WebhookEvent.objects.create(type="session.ended", data={"id": number})
        Delivery.objects.create(webhook=webhook, event=event)


def test_a_delivery_that_is_not_leased_is_sent_by_all(planted, receiver, subscribe, monkeypatch):
    if planted:
        plant(monkeypatch, delivering, "_take", "taken_until=now + LEASE", "taken_until=None")
    webhook = subscribe(receiver.url)
    happen(webhook, 40)
    at_once(4, lambda n: delivering.run_round(webhook.pk))
    names = [taken.headers["webhook-id"] for taken in receiver.taken]
    assert len(set(names)) == 40 and (len(names) > 40) == planted


def test_a_name_that_is_looked_up_twice_is_rebound(planted, receiver, monkeypatch, settings):
    """The second look leads inside, where a plain connection by name would go."""
    if planted:
        plant(monkeypatch, sender, "_first_that_answers", "(ip, target.port)", "(target.host, target.port)")
        monkeypatch.setattr(sender, "_connect", sender._first_that_answers)
    settings.WEBHOOK_PRIVATE = False
    port, real = int(receiver.url.split(":")[2].split("/")[0]), socket.create_connection

    def connect(where, timeout):
        return real(("127.0.0.1" if where[0] == "rebind.example" else "192.0.2.1", where[1]), 0.2)

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(addresses, "_resolve", lambda parts, flags=0: ("93.184.215.14",))
    sender.post(f"https://rebind.example:{port}/", b"{}", {})
    assert (len(receiver.taken) > 0) == planted


def test_a_killed_worker_loses_nothing_and_doubles_at_most_what_it_was_sending(receiver, subscribe, deliver):
    webhook = subscribe(receiver.url)
    happen(webhook, 30)
    program = f"""
from django.conf import settings
settings.WEBHOOK_PRIVATE = True
from accounts.webhooks import delivering, sender
send = sender.post
def post(*sent):
    answer = send(*sent)
    print("sent")
    return answer
sender.post = post
delivering.run_round({webhook.pk})
import time; time.sleep(60)
"""
    crowd.kill_after_lines(program, 7)
    with clock.set_to(timezone.now() + delivering.LEASE + timedelta(seconds=1)):
        while deliver():
            pass
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}
    times = Counter(json.loads(taken.body)["data"]["id"] for taken in receiver.taken)
    assert set(times) == set(range(30))
    assert sum(times.values()) <= 31 and max(times.values()) <= 2
