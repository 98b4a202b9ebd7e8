"""The pages of an account."""

from django.urls import path

from accounts import report_views, second_factor_views, views

urlpatterns = [
    path("sign-up", views.SignUp.as_view(), name="sign-up"),
    path("resend", views.Resend.as_view(), name="resend"),
    path("verify/<str:token>", views.Verify.as_view(), name="verify"),
    path("sign-in", views.SignIn.as_view(), name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("forgot", views.Forgot.as_view(), name="forgot"),
    path("reset/<str:token>", views.Reset.as_view(), name="reset"),
    path("second-factor", second_factor_views.SecondFactor.as_view(), name="second-factor"),
    path("second-factor/recovery", second_factor_views.Recovery.as_view(), name="second-factor-recovery"),
    path("account/recovery-codes", second_factor_views.RecoveryCodes.as_view(), name="recovery-codes"),
    path("players/<str:username>/report", report_views.ReportPlayer.as_view(), name="report-player"),
    path("account", views.Profile.as_view(), name="account"),
    path("account/password", views.Password.as_view(), name="account-password"),
    path("account/preferences", views.Preferences.as_view(), name="account-preferences"),
    path("account/export", views.export_data, name="account-export"),
    path("account/sessions/others", views.end_other_sessions, name="account-end-others"),
    path("account/sessions/<slug:handle>", views.end_session, name="account-end-session"),
    path("account/token", views.ApiToken.as_view(), name="account-token"),
    path("account/token/revoke", views.RevokeApiToken.as_view(), name="account-token-revoke"),
]
