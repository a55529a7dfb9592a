"""Addresses of the ground floor: start page, accounts, cards, settings, operations."""

from django.urls import path

from council.accounts import views as accounts
from council.views import appearance, calendar, me, operations, people, regulations, start

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
    path("tai-khoan/ma-truy-cap", accounts.api_tokens, name="api_tokens"),
    path("tai-khoan/ma-truy-cap/<uuid:public_id>/thu-hoi", accounts.revoke_api_token, name="revoke_api_token"),
    path("tai-khoan/ma-pin", accounts.change_pin, name="change_pin"),
    path("tai-khoan/trinh-dien", accounts.demo_sign_in, name="demo_sign_in"),
    path("co-chu", appearance.text_size, name="text_size"),
    path("huong-dan/giao-dien", appearance.ui_guide, name="ui_guide"),
    path("ca-nhan", me.me, name="me"),
    # The office's desks
    path("van-phong/dai-bieu", people.delegates, name="delegates"),
    path("van-phong/dai-bieu/in-the", people.print_cards, name="print_cards"),
    path("van-phong/dai-bieu/nhan-the", people.check_in, name="check_in"),
    path("van-phong/dai-bieu/<uuid:public_id>", people.delegate, name="delegate"),
    path("van-phong/dai-bieu/<uuid:public_id>/the", people.card_act, name="card_act"),
    path("van-phong/quy-dinh", regulations.regulations, name="regulations"),
    path("van-phong/quy-dinh/<slug:key>", regulations.regulation, name="regulation"),
    path("van-phong/lich-lam-viec", calendar.calendar, name="calendar"),
    path("van-phong/lich-lam-viec/nhap", calendar.calendar_import, name="calendar_import"),
    path("van-phong/lich-lam-viec/mau.xlsx", calendar.calendar_template, name="calendar_template"),
    path("van-phong/lich-lam-viec/<int:pk>/xoa", calendar.calendar_remove, name="calendar_remove"),
    path("van-phong/he-thong", operations.operations, name="operations"),
    path("van-phong/he-thong/nhat-ky", operations.verify_record, name="verify_record"),
    path("van-phong/he-thong/viec/<uuid:public_id>", operations.job_retry, name="job_retry"),
    path("van-phong/he-thong/thu/<uuid:public_id>", operations.mail_decide, name="mail_decide"),
    # The administrator's
    path("van-phong/tai-khoan", people.accounts, name="accounts"),
    path("van-phong/tai-khoan/<str:username>", people.account, name="account"),
    path("van-phong/tai-khoan/<str:username>/viec", people.account_act, name="account_act"),
]
