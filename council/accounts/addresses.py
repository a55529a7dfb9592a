"""Addresses of the account pages under /tai-khoan/: only those of allauth that the house offers.

The names are allauth's own, because its views look each other up by them.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path, re_path

from council.accounts import entrance

urlpatterns = [
    path("dang-nhap", entrance.sign_in, name="account_login"),
    path("dang-xuat", entrance.sign_out, name="account_logout"),
    path("ngung-hoat-dong", account.account_inactive, name="account_inactive"),
    path("xac-thuc-lai", account.reauthenticate, name="account_reauthenticate"),
    path("mat-khau", account.password_change, name="account_change_password"),
    path("quen-mat-khau", account.password_reset, name="account_reset_password"),
    path("quen-mat-khau/da-gui", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^mat-khau-moi/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("mat-khau-moi/xong", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("mat-khau/chua-co", entrance.no_password, name="account_set_password"),
    # Second factor
    path("bao-ve", mfa.index, name="mfa_index"),
    path("bao-ve/nhap-ma", entrance.enter_code, name="mfa_authenticate"),
    path("bao-ve/nhap-lai-ma", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("bao-ve/ung-dung/them", totp.activate_totp, name="mfa_activate_totp"),
    path("bao-ve/ung-dung/bo", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("bao-ve/ma-du-phong", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("bao-ve/ma-du-phong/tao", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("bao-ve/ma-du-phong/tai", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("bao-ve/khoa", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("bao-ve/khoa/them", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("bao-ve/khoa/xac-thuc-lai", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("bao-ve/khoa/<int:pk>/bo", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("bao-ve/khoa/<int:pk>/sua", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
]
