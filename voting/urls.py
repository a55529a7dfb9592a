"""Addresses of this room: the ballot, one's own recorded vote, the named result, opinion polls, the secret vote."""

from django.urls import path

from voting import views
from voting.opinions import count, desk
from voting.opinions import views as opinions
from voting.secret import views as secret

app_name = "voting"
_desk = "van-phong/xin-y-kien"
_one = f"{_desk}/<uuid:opinion>"

urlpatterns = [
    path("bo-phieu/<uuid:public_id>", views.cast, name="cast"),
    path("bo-phieu/<uuid:public_id>/cua-toi", views.mine, name="mine"),
    path("bieu-quyet/<uuid:public_id>/ten", views.named, name="named"),
    path("xin-y-kien", opinions.opinions, name="opinions"),
    path("xin-y-kien/<uuid:opinion>", opinions.opinion, name="opinion"),
    path("xin-y-kien/<uuid:opinion>/tra-loi", opinions.answer, name="answer_opinion"),
    path("xin-y-kien/<uuid:opinion>/bao-cao.pdf", opinions.report, name="opinion_report"),
    path("xin-y-kien/<uuid:opinion>/kiem-phieu", count.count, name="opinion_count"),
    path("xin-y-kien/<uuid:opinion>/kiem-phieu/xac-nhan", count.confirm, name="opinion_count_confirm"),
    path("xin-y-kien/<uuid:opinion>/kiem-phieu/dem-lai", count.send_back, name="opinion_count_return"),
    path("xin-y-kien/<uuid:opinion>/phieu-in", count.sheets, name="opinion_sheets"),
    path(_desk, desk.opinions, name="opinion_desk"),
    path(f"{_desk}/soan", desk.create, name="opinion_create"),
    path(f"{_desk}/han", desk.deadline, name="opinion_deadline"),
    path(_one, desk.page, name="opinion_desk_page"),
    path(f"{_one}/sua", desk.edit, name="opinion_edit"),
    path(f"{_one}/gui", desk.send, name="opinion_send"),
    path(f"{_one}/nhac", desk.remind, name="opinion_remind"),
    path(f"{_one}/gia-han", desk.extend, name="opinion_extend"),
    path(f"{_one}/phieu-giay", desk.enter, name="opinion_enter"),
    path(f"{_one}/ket-thuc", desk.close, name="opinion_close"),
    path(f"{_one}/huy", desk.cancel, name="opinion_cancel"),
    path(f"{_one}/cong-bo", desk.publish, name="opinion_publish"),
    path("phieu-kin/<uuid:public_id>", secret.secret, name="secret"),
    path("phieu-kin/<uuid:public_id>/nhan", secret.hand_out, name="hand_out"),
    path("phieu-kin/<uuid:public_id>/bo", secret.cast, name="cast_secret"),
    path("phieu-kin/<uuid:public_id>/khoa", secret.teller_key, name="teller_key"),
    path("phieu-kin/<uuid:public_id>/mo", secret.open_secret, name="open_secret"),
    path("phieu-kin/<uuid:public_id>/phieu.json", secret.published, name="secret_ballots"),
]
