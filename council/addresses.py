"""Addresses of the ground floor: start page, accounts, cards, settings, operations."""

from django.urls import path

from council.accounts import views as accounts
from council.views import appearance, start

app_name = "council"
urlpatterns = [
    path("bat-dau", start.start, name="start"),
    path("the/<str:secret>", accounts.scan_card, name="scan_card"),
    path("the", accounts.card, name="card"),
    path("the-khac", accounts.other_card, name="other_card"),
    path("doi-hoi-dong", accounts.switch_council, name="switch_council"),
    path("tai-khoan/xac-nhan", accounts.step_up, name="step_up"),
    path("tai-khoan/may", accounts.devices, name="devices"),
    path("tai-khoan/may/<uuid:public_id>/dang-xuat", accounts.revoke_device, name="revoke_device"),
    path("tai-khoan/ma-pin", accounts.change_pin, name="change_pin"),
    path("tai-khoan/trinh-dien", accounts.demo_sign_in, name="demo_sign_in"),
    path("co-chu", appearance.text_size, name="text_size"),
    path("huong-dan/giao-dien", appearance.ui_guide, name="ui_guide"),
]
