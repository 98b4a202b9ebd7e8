"""What accounts tell in `quantix.export`. Digests of passwords and tokens never leave."""

from accounts.services.browsers import told
from quantix import export
from quantix.export import Section

SECTIONS = [
    Section(
        "account",
        ("users", "users_groups"),
        """
        SELECT id, email, username, full_name, is_admin, is_active, suspended_until, created_at, email_verified_at,
            last_login, api_token IS NOT NULL AS has_api_token, api_token_created_at, preferences,
            ARRAY(SELECT g.name FROM users_groups ug JOIN auth_group g ON g.id = ug.group_id
                  WHERE ug.user_id = users.id ORDER BY g.name) AS roles
        FROM users WHERE id = %(user)s
        """,
        is_single=True,
    ),
    Section(
        "mailed_links",
        ("verification_tokens",),
        "SELECT purpose, created_at, expires_at, is_used FROM verification_tokens WHERE user_id = %(user)s ORDER BY id",
    ),
    Section(
        "signed_in_on",
        ("browser_sessions",),
        "SELECT session_data, expire_date FROM browser_sessions WHERE user_id = %(user)s ORDER BY expire_date",
        # Neither the key, which would let one in, nor the data as they are.
        shape=lambda row: {**told(row["session_data"]), "expires_at": row["expire_date"]},
    ),
    Section(
        "sign_ins",
        ("sign_ins",),
        "SELECT at, way, result, address, agent FROM sign_ins WHERE user_id = %(user)s ORDER BY id",
    ),
    Section(
        "second_factor",
        ("second_factors",),
        "SELECT enrolled_at FROM second_factors WHERE user_id = %(user)s",
        is_single=True,
    ),
    Section(
        "recovery_codes",
        ("recovery_codes",),
        "SELECT used_at FROM recovery_codes WHERE factor_id = %(user)s ORDER BY id",
    ),
    Section(
        "reports_made",
        ("player_reports",),
        """
        SELECT r.id, u.username AS reported, r.reason, r.words, r.status, r.created_at, r.decided_at
        FROM player_reports r JOIN users u ON u.id = r.reported_id WHERE r.reporter_id = %(user)s ORDER BY r.id
        """,
    ),
    # Without the words, and without who wrote them: they would tell.
    Section(
        "reports_about",
        ("player_reports",),
        """
        SELECT id, reason, status, created_at, decided_at
        FROM player_reports WHERE reported_id = %(user)s ORDER BY id
        """,
    ),
    Section(
        "kept_requests",
        ("idempotency_keys",),
        "SELECT key, status, created_at FROM idempotency_keys WHERE user_id = %(user)s ORDER BY created_at",
    ),
]


def register() -> None:
    export.register(*SECTIONS)
    export.audited["accounts.user"] = "SELECT %(user)s"
    export.left_out |= {
        "users_user_permissions": "Nobody has permissions of their own: roles say what staff may do.",
        "webhooks": "They belong to the house; an owner who registers one is named, and it is not about them.",
        "exports": "Lists that staff have taken away: what they did as staff is kept with the audit trail.",
        "django_admin_log": "Nothing is written to it: the audit trail is what is kept.",
    }
