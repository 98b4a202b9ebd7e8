"""The permission matrix: every address of the project, and what each kind of person gets there.

A line is: method, address, status for those who may, who may (an audience of `matrix.AUDIENCES`), and what is sent:
JSON for programs, the fields of a form for people. `$bet` stands for an object of the matrix's world, the player's
own where it can be somebody's (`matrix.make_objects`); `$player` and the others of `matrix.WHO` are ids of users.

For a new address: add its line here, with every method that the API takes there, or GET and POST for a page. For a
new list of the back-office a LIST line (its address, a row's id, who may), for an action an ACTION line (its address,
what its POST is answered with, who may). Each row is tried as every kind of person, and undone before the next.
"""

import pytest
from django.urls import resolve

from quantix.tests.matrix import WHO, World, routes, rows_of
from quantix.tests.test_admin import actions

TABLE = """
# Pages for everybody
GET    /                                        200  guests
POST   /                                        405  everyone
GET    /health/live                             200  everyone
POST   /health/live                             405  everyone
GET    /health/ready                            200  everyone
POST   /health/ready                            405  everyone
GET    /theme                                   405  everyone
POST   /theme                                   302  everyone  {"theme": "dark"}
GET    /games                                   200  everyone
POST   /games                                   405  everyone
GET    /games/$slug                             200  everyone
POST   /games/$slug                             405  everyone
GET    /leaderboards                            200  everyone
POST   /leaderboards                            405  everyone
GET    /players/$username                       200  everyone
POST   /players/$username                       405  everyone
GET    /players/$username/record                200  everyone
POST   /players/$username/record                405  everyone
GET    /players/$somebody/report                200  members
POST   /players/$somebody/report                303  members   {"reason": "name", "words": "A rude name."}
GET    /fairness                                200  everyone
POST   /fairness                                405  everyone
GET    /api/docs/                               200  everyone
POST   /api/docs/                               405  everyone
GET    /api/docs/errors                         200  everyone
POST   /api/docs/errors                         405  everyone
GET    /api/docs/guide                          200  everyone
POST   /api/docs/guide                          405  everyone
GET    /nothing/here                            404  everyone
POST   /nothing/here                            404  everyone

# Pages of the demo, not there with DEBUG off
GET    /styleguide                              404  everyone
POST   /styleguide                              405  everyone
GET    /outbox                                  404  everyone
POST   /outbox                                  405  everyone
GET    /outbox/letter                           404  everyone
POST   /outbox/letter                           405  everyone

# Accounts
GET    /sign-up                                 200  guests
POST   /sign-up                                 400  guests
GET    /sign-in                                 200  guests
POST   /sign-in                                 400  guests
GET    /sign-out                                405  everyone
POST   /sign-out                                303  everyone
GET    /resend                                  200  everyone
POST   /resend                                  400  everyone
GET    /forgot                                  200  everyone
POST   /forgot                                  400  everyone
GET    /verify/token                            200  everyone
POST   /verify/token                            400  everyone
GET    /reset/token                             200  everyone
POST   /reset/token                             400  everyone
GET    /second-factor                           302  members
POST   /second-factor                           302  members
GET    /second-factor/recovery                  302  members
POST   /second-factor/recovery                  302  members
GET    /account/recovery-codes                  302  members
POST   /account/recovery-codes                  302  members
GET    /account                                 200  members
POST   /account                                 400  members
GET    /account/password                        200  members
POST   /account/password                        400  members
GET    /account/preferences                     200  members
POST   /account/preferences                     400  members
GET    /account/token                           200  members
POST   /account/token                           200  members
GET    /account/token/revoke                    200  members
POST   /account/token/revoke                    303  members
GET    /account/limits                          200  members
POST   /account/limits                          303  members   {"stake_day": "50.00"}
GET    /account/limits/break                    200  members
POST   /account/limits/break                    400  members
GET    /account/limits/exclusion                200  members
POST   /account/limits/exclusion                400  members
GET    /account/limits/stake.day/confirm        405  everyone
POST   /account/limits/stake.day/confirm        409  members
GET    /account/limits/stake.day/withdraw       405  everyone
POST   /account/limits/stake.day/withdraw       303  members
GET    /account/sessions/others                 405  everyone
POST   /account/sessions/others                 303  members
GET    /account/sessions/0123456789abcdef       405  everyone
POST   /account/sessions/0123456789abcdef       303  members
GET    /account/export                          200  members
POST   /account/export                          405  members

# Play and money
GET    /lobby                                   200  members
POST   /lobby                                   405  members
GET    /wallet                                  200  members
POST   /wallet                                  405  everyone
GET    /wallet.csv                              200  members
POST   /wallet.csv                              405  everyone
GET    /bets                                    200  members
POST   /bets                                    405  everyone
GET    /games/$fresh/start                      302  members
POST   /games/$fresh/start                      303  members
GET    /games/$event/as-player                  200  games
POST   /games/$event/as-player                  405  members
GET    /games/$fresh/as-player/play             200  games
POST   /games/$fresh/as-player/play             405  members
GET    /games/$event/stake                      302  members
POST   /games/$event/stake                      303  members   {"pick": "winner/yes", "amount": "5.00"}
GET    /games/$event/quote                      302  members
POST   /games/$event/quote                      200  members   {"pick": "winner/yes", "amount": "5.00"}
GET    /bets/$held/cash-out                     302  mine
POST   /bets/$held/cash-out                     303  mine      {"min_payout": "9.00"}
GET    /play/$session                           200  mine
POST   /play/$session                           405  members
GET    /play/$session/move                      302  members
POST   /play/$session/move                      303  mine      {"guess": "ABCD"}
GET    /play/$session/stake                     302  members
POST   /play/$session/stake                     303  mine      {"pick": "solve/within-6", "amount": "5.00"}
GET    /play/$session/forfeit                   200  mine
POST   /play/$session/forfeit                   303  mine
GET    /play/$session/settle                    405  members
POST   /play/$session/settle                    303  mine
GET    /fair/$session                           200  mine
POST   /fair/$session                           405  members
GET    /fair/$session/proof.json                200  mine
POST   /fair/$session/proof.json                405  members

# The API, without a token
GET    /api/v1/schema                           200  everyone
POST   /api/v1/schema                           405  everyone
GET    /api/v1/nothing/here                     404  everyone
POST   /api/v1/nothing/here                     404  everyone
POST   /api/v1/auth/register                    400  public    {}
POST   /api/v1/auth/verify-email                400  public    {"token": "wrong"}
POST   /api/v1/auth/resend-verification         202  public    {"email": "21f1999999@ds.study.iitm.ac.in"}
POST   /api/v1/auth/password-reset              202  public    {"email": "21f1999999@ds.study.iitm.ac.in"}
POST   /api/v1/auth/password-reset/confirm      400  public    {}
POST   /api/v1/auth/token                       401  public    {"login": "nobody", "password": "wrong"}
GET    /api/v1/games                            200  public
GET    /api/v1/games/$event                     200  public
GET    /api/v1/games/$event/markets             200  public
GET    /api/v1/games/$event/leaderboard         200  public
GET    /api/v1/leaderboards                     200  public
GET    /api/v1/seasons                          200  public
GET    /api/v1/games/$event/prices              200  public

# The API, as a player
DELETE /api/v1/auth/token                       204  members
GET    /api/v1/me                               200  members
PATCH  /api/v1/me                               200  members   {"preferences": {"theme": "dark"}}
GET    /api/v1/me/export                        200  members
GET    /api/v1/me/limits                        200  members
PUT    /api/v1/me/limits                        200  members   {"stake": {"day": "50.00"}}
GET    /api/v1/wallet                           200  members
GET    /api/v1/transactions                     200  members
GET    /api/v1/transactions/$transaction        200  mine
GET    /api/v1/dailies                          200  members
GET    /api/v1/sessions                         200  members
POST   /api/v1/sessions                         201  members   {"game": $fresh}
GET    /api/v1/sessions/$session                200  mine
GET    /api/v1/sessions/$session/markets        200  mine
GET    /api/v1/sessions/$session/fairness       200  mine
POST   /api/v1/sessions/$session/moves          200  mine      {"guess": "ABCD"}
POST   /api/v1/sessions/$session/forfeit        200  mine
GET    /api/v1/bets                             200  members
POST   /api/v1/bets                             201  members   $event_slip
POST   /api/v1/bets                             201  mine      $session_slip
POST   /api/v1/bets/quote                       200  members   $event_slip
POST   /api/v1/bets/quote                       200  mine      $session_slip
GET    /api/v1/bets/$bet                        200  mine
POST   /api/v1/bets/$held/cash-out              200  mine      {}

# The API, as staff
POST   /api/v1/staff/adjustments                      201  finance  $prize
POST   /api/v1/staff/adjustments/$adjustment/approve   200  finance
POST   /api/v1/staff/adjustments/$adjustment/reject    200  finance
POST   /api/v1/staff/transactions/$transaction/void    200  finance  {"reason": "Not due"}
POST   /api/v1/staff/users/$player/suspend             200  support  {"reason": "Noise"}
POST   /api/v1/staff/users/$player/unsuspend           200  support
POST   /api/v1/staff/games                             201  games    $new_game
PATCH  /api/v1/staff/games/$event                      200  games    {"status": "suspended"}
POST   /api/v1/staff/games/$event/resolve              200  games    {"option": "yes"}
POST   /api/v1/staff/games/$event/resolve/confirm      409  games
POST   /api/v1/staff/games/$event/resolve/reject       409  games    {"reason": "Not so"}
POST   /api/v1/staff/games/$event/void                 200  games    {"reason": "Rained off"}
POST   /api/v1/staff/sessions/$session/void            200  games    {"reason": "Broken"}
POST   /api/v1/staff/sessions/$session/forfeit         200  games    {"reason": "A script"}
POST   /api/v1/staff/bets/$bet/void                    200  games    {"reason": "Broken"}
GET    /api/v1/staff/webhooks                          200  owner
POST   /api/v1/staff/webhooks                    201  owner  {"url": "https://x.example/", "events": ["bet.settled"]}
GET    /api/v1/staff/webhooks/$webhook                 200  owner
PATCH  /api/v1/staff/webhooks/$webhook                 200  owner  {"is_active": false}
DELETE /api/v1/staff/webhooks/$webhook                 204  owner
POST   /api/v1/staff/webhooks/$webhook/rotate-secret   200  owner
POST   /api/v1/staff/webhooks/$webhook/test            202  owner
GET    /api/v1/staff/webhooks/$webhook/deliveries      200  owner
GET    /api/v1/staff/deliveries/$delivery              200  owner
POST   /api/v1/staff/deliveries/$delivery/resend       200  owner

# The back-office as a place
GET    /admin                                   302  everyone
POST   /admin                                   302  everyone
GET    /admin/                                  200  staff
POST   /admin/                                  200  staff
GET    /admin/login/                            302  no-player
POST   /admin/login/                            302  no-player
GET    /admin/logout/                           302  everyone
POST   /admin/logout/                           302  everyone
GET    /admin/password_change/                  302  staff
POST   /admin/password_change/                  302  staff
GET    /admin/password_change/done/             200  staff
POST   /admin/password_change/done/             405  staff
GET    /admin/autocomplete/                     403  staff
POST   /admin/autocomplete/                     405  staff
GET    /admin/jsi18n/                           200  staff
POST   /admin/jsi18n/                           405  staff
GET    /admin/r/1/1/                            404  staff
POST   /admin/r/1/1/                            404  staff
GET    /admin/accounts/                         200  staff
POST   /admin/accounts/                         200  staff
GET    /admin/nothing/                          404  staff
POST   /admin/nothing/                          404  staff

# The back-office: lists (the id of a row in place of the status), and actions (what their POST is answered with)
LIST   /admin/accounts/user/                             $player         staff
ACTION /admin/accounts/user/$player/do/suspend/          303             support  {"reason": "Noise"}
ACTION /admin/accounts/user/$player/do/unsuspend/        303             support  {"reason": "Quiet"}
ACTION /admin/accounts/user/$new/do/resend/              303             support
ACTION /admin/accounts/user/$player/do/reset/            303             support
ACTION /admin/accounts/user/$player/do/revoke-token/     303             support  {"reason": "Leaked"}
ACTION /admin/accounts/user/$player/do/reset-second-factor/  404  owner  {"reason": "Lost"}
ACTION /admin/accounts/user/$player/do/roles/            303             owner    {"roles": "support", "reason": "Help"}
ACTION /admin/accounts/user/$player/do/adjust/           400             finance
ACTION /admin/accounts/user/$player/do/limits/           303             support  {"stake.day": "5.00", "reason": "Ask"}
LIST   /admin/accounts/signin/                           $signin         staff
ACTION /admin/accounts/user/do/export/                   400             finance
LIST   /admin/quantix/auditentry/                        $entry          staff
ACTION /admin/quantix/auditentry/do/export/              400             finance
LIST   /admin/quantix/export/                            $export         finance
LIST   /admin/accounts/playerreport/                     $report         support
ACTION /admin/accounts/playerreport/$report/do/dismiss/  303             support  {"reason": "A joke"}
ACTION /admin/accounts/playerreport/$report/do/act/      303             support  {"reason": "So it is"}
LIST   /admin/wallets/wallet/                            $wallet         finance
ACTION /admin/wallets/wallet/$wallet/do/adjust/          400             finance
LIST   /admin/wallets/transaction/                       $transaction    finance
ACTION /admin/wallets/transaction/$transaction/do/void/  200             finance  {"reason": "Not due"}
ACTION /admin/wallets/transaction/do/export/             400             finance
LIST   /admin/wallets/adjustment/                        $adjustment     finance
ACTION /admin/wallets/adjustment/$adjustment/do/approve/  303             finance  {"confirm": "1"}
ACTION /admin/wallets/adjustment/$adjustment/do/reject/  303             finance  {"reason": "No"}
ACTION /admin/wallets/adjustment/do/export/              400             finance
LIST   /admin/wallets/reconciliation/                    $reconciliation  finance
ACTION /admin/wallets/reconciliation/do/run/             303             finance
LIST   /admin/betting/season/                            $season         staff
ACTION /admin/betting/season/do/open/                    400             games
LIST   /admin/betting/accountlink/                       $link           staff
LIST   /admin/betting/linksearch/                        $search         staff
LIST   /admin/games/game/                                $puzzle         staff
ACTION /admin/games/game/$puzzle/do/edit/                400             games
ACTION /admin/games/game/do/new-quiz/                    400             games
ACTION /admin/games/game/do/new-puzzle-codebreaker/      400             games
ACTION /admin/games/game/do/new-puzzle-sudoku/          400             games
ACTION /admin/games/game/do/new-puzzle-word/            400             games
ACTION /admin/games/game/do/new-prediction-fixed/        400             games
ACTION /admin/games/game/do/new-prediction-pool/         400             games
ACTION /admin/games/game/do/new-prediction-lmsr/         400             games
LIST   /admin/games/question/                            $question       games
ACTION /admin/games/question/$question/do/edit/          400             games
ACTION /admin/games/question/$question/do/retire/        303             games    {"reason": "Leaked"}
ACTION /admin/games/question/do/new/                     400             games
ACTION /admin/games/question/do/import/                  400             games
ACTION /admin/games/question/do/export/                  200             games
LIST   /admin/games/questionimport/                      $upload         games
ACTION /admin/games/questionimport/$upload/do/import/    303             games
ACTION /admin/games/questionimport/$upload/do/discard/   303             games
LIST   /admin/games/gamesession/                         $session        staff
ACTION /admin/games/gamesession/$session/do/void/        200             games    {"reason": "Broken"}
ACTION /admin/games/gamesession/$session/do/forfeit/     200             games    {"reason": "A script"}
ACTION /admin/games/gamesession/do/export/               400             finance
LIST   /admin/games/event/                               $event          staff
ACTION /admin/games/event/$event/do/open/                409             games
ACTION /admin/games/event/$event/do/suspended/           303             games
ACTION /admin/games/event/$event/do/closed/              303             games
ACTION /admin/games/event/$event/do/resolve/             200             games    {"option": "yes", "reason": "Told"}
ACTION /admin/games/event/$event/do/confirm/             409             games
ACTION /admin/games/event/$event/do/reject/              409             games    {"reason": "Not so"}
ACTION /admin/games/event/$event/do/correct/             409             games    {"option": "yes", "reason": "Told"}
ACTION /admin/games/event/$event/do/edit/                400             games
ACTION /admin/games/event/do/new-prediction-fixed/       400             games
ACTION /admin/games/event/do/new-prediction-pool/        400             games
ACTION /admin/games/event/do/new-prediction-lmsr/        400             games
ACTION /admin/games/event/$event/do/void/                200             games    {"reason": "Rained off"}
LIST   /admin/betting/bet/                               $bet            staff
ACTION /admin/betting/bet/$bet/do/void/                  200             games    {"reason": "Broken"}
ACTION /admin/betting/bet/do/export/                     400             finance
ACTION /admin/betting/bet/$bet/do/collect/               409             finance
LIST   /admin/webhooks/webhook/                          $webhook        owner
ACTION /admin/webhooks/webhook/do/new/                   400             owner
ACTION /admin/webhooks/webhook/$webhook/do/test/         303             owner
ACTION /admin/webhooks/webhook/$webhook/do/edit/         400             owner
ACTION /admin/webhooks/webhook/$webhook/do/rotate/       303             owner
ACTION /admin/webhooks/webhook/$webhook/do/disable/      303             owner
ACTION /admin/webhooks/webhook/$webhook/do/enable/       303             owner
ACTION /admin/webhooks/webhook/$webhook/do/remove/       303             owner
LIST   /admin/webhooks/delivery/                         $delivery       owner
ACTION /admin/webhooks/delivery/$delivery/do/resend/     303             owner
"""
ROWS = rows_of(TABLE)


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.mark.parametrize("who", WHO)
def test_everybody_gets_what_the_rows_say(who: str, world: World) -> None:
    expected = {row: status for row in ROWS if (status := row.expected(who))}
    found = {row: world.ask(who, row) for row in expected}
    assert {str(row): (found[row], expected[row]) for row in expected if found[row] != expected[row]} == {}


def test_every_address_of_the_project_has_its_rows(world: World) -> None:
    wanted = {(route, method) for route, methods in routes().items() for method in methods}
    tried = {(resolve(world.path_of(row)).route, row.method) for row in ROWS}
    assert wanted - tried == set()


@pytest.mark.parametrize("of_lists", [False, True])
def test_every_action_of_the_back_office_has_its_row(of_lists: bool) -> None:
    places = [row.path.strip("/").split("/do/") for row in ROWS if "/do/" in row.path]
    tried = {
        ("_".join(place.split("/")[1:3]), slug) for place, slug in places if ("$" not in place) == of_lists
    }
    assert set(actions(of_lists=of_lists)) - tried == set()
