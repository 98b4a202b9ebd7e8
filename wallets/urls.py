"""The pages of a wallet."""

from django.urls import path

from wallets import views

urlpatterns = [
    path("wallet", views.wallet, name="wallet"),
    path("wallet.csv", views.wallet_csv, name="wallet-csv"),
]
