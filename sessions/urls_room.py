"""Addresses of the running sitting."""

from django.urls import path

from sessions import views_count as count
from sessions import views_notes as own_notes
from sessions import views_pack as pack
from sessions import views_presenting as presenting
from sessions import views_record as record
from sessions import views_room as room
from sessions import views_tellers as tellers
from sessions import views_votes as votes

urlpatterns = [
    path("hom-nay", room.today, name="today"),
    path("chuong-trinh", room.my_agenda, name="my_agenda"),
    path("tai-lieu-ky-hop", room.my_papers, name="my_papers"),
    path("lich-hop", room.calendar, name="calendar"),
    path("hop/<uuid:council_session>/chuong-trinh", room.agenda, name="agenda"),
    path("hop/<uuid:council_session>/mang-theo.json", pack.manifest, name="pack"),
    path("live/<uuid:sitting>/<str:audience>", room.live_snapshot, name="live"),
    # the delegate
    path("hop/<uuid:council_session>/ghi-chu-cua-toi", own_notes.my_notes, name="my_notes"),
    path("hop/<uuid:council_session>/phieu-cua-toi", record.my_votes, name="my_votes"),
    path("hop/<uuid:sitting>/cua-toi", room.mine, name="mine"),
    path("hop/<uuid:sitting>/viec-cua-toi", room.ask, name="ask"),
    path("hop/<uuid:sitting>/co-mat", room.check_in, name="check_in"),
    path("hop/<uuid:sitting>/thu-may", room.tablet_check, name="tablet_check"),
    # chair and secretary
    path("hop/<uuid:sitting>/dieu-hanh", room.console, name="console"),
    path("hop/<uuid:sitting>/diem-danh", room.attendance, name="attendance"),
    path("hop/<uuid:sitting>/kiem-tra", room.precheck, name="precheck"),
    path("hop/<uuid:sitting>/mo-phien", room.open_sitting, name="open_sitting"),
    path("hop/<uuid:sitting>/ket-thuc-phien", room.close_sitting, name="close_sitting"),
    path("hop/<uuid:sitting>/be-mac", room.close_session, name="close_session"),
    path("hop/<uuid:sitting>/xong-muc", room.finish_item, name="finish_item"),
    path("hop/<uuid:sitting>/muc/<uuid:item>", room.go_to_item, name="go_to_item"),
    path("hop/<uuid:sitting>/muc/<uuid:item>/bo-qua", room.skip_item, name="skip_item"),
    path("hop/<uuid:sitting>/muc/<uuid:item>/bieu-quyet", votes.prepare_poll, name="prepare_poll"),
    path("hop/<uuid:sitting>/muc/<uuid:item>/ban-kiem-phieu", votes.propose_tellers, name="propose_tellers"),
    path("hop/<uuid:sitting>/nhieu-noi-dung", votes.prepare_several, name="prepare_several"),
    path("hop/<uuid:sitting>/nhieu-noi-dung/tiep", votes.open_next, name="open_next"),
    path("hop/<uuid:sitting>/mo-diem-danh", room.set_check_in, name="set_check_in"),
    path("hop/<uuid:sitting>/diem-danh/con-lai", room.mark_rest_present, name="mark_rest_present"),
    path("hop/<uuid:sitting>/diem-danh/<uuid:delegate>", room.mark, name="mark"),
    path("hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/mo", room.open_poll, name="open_poll"),
    path("hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/ket-thuc", room.close_poll, name="close_poll"),
    path("hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/cong-bo", room.declare_result, name="declare_result"),
    path("hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/ghi-chua-dung", votes.object_to_record, name="object"),
    path(
        "hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/ghi-chua-dung/<uuid:objection>",
        votes.answer_objection,
        name="answer_objection",
    ),
    path("hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/huy", room.cancel_poll, name="cancel_poll"),
    path("hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/thu-ky", room.secretary_vote, name="secretary_vote"),
    path(
        "hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/bat-dau-bo-phieu", votes.start_casting, name="start_casting"
    ),
    path("hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/chuyen-phieu-giay", votes.to_paper, name="to_paper"),
    path("hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/khong-tham-gia", votes.step_out, name="step_out"),
    path("hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/lan-tiep-theo", votes.second_round, name="second_round"),
    path("hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/xac-nhan", votes.confirm_result, name="confirm_result"),
    path("hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/lam-lai", votes.correct, name="correct_poll"),
    path("hop/<uuid:sitting>/bieu-quyet/<uuid:poll>/mau-phieu", count.ballot_sheets, name="ballot_sheets"),
    # a paper that the hall is led through
    path("hop/<uuid:sitting>/dang-trinh-bay", presenting.presented, name="presented"),
    path("hop/<uuid:sitting>/trinh-bay", presenting.start, name="start_presenting"),
    path("hop/<uuid:sitting>/trinh-bay/trang", presenting.turn, name="turn_page"),
    path("hop/<uuid:sitting>/trinh-bay/dung", presenting.stop, name="stop_presenting"),
    path("hop/<uuid:sitting>/nguoi-trinh-bay", presenting.presenter, name="presenter"),
    # the tellers
    path("hop/<uuid:sitting>/kiem-phieu/<uuid:poll>", count.count, name="count"),
    path("hop/<uuid:sitting>/kiem-phieu/<uuid:poll>/xac-nhan", count.confirm, name="confirm_count"),
    path("hop/<uuid:sitting>/kiem-phieu/<uuid:poll>/tra-lai", count.send_back, name="return_count"),
    path("hop/<uuid:sitting>/kiem-phieu/<uuid:poll>/bien-ban.pdf", count.minutes, name="count_minutes"),
    path("hop/<uuid:sitting>/khoa-kiem-phieu/<uuid:poll>", tellers.teller_key, name="teller_key"),
    # the wall
    path("hop/<uuid:sitting>/man-hinh", room.wall, name="wall"),
    path("hop/<uuid:sitting>/man-hinh/chon", room.show_on_wall, name="show_on_wall"),
]
