"""Addresses of the office's desk: building a session."""

from django.urls import path

from sessions import views_guests, views_import, views_notice, views_office, views_papers, views_print

_list = "van-phong/ky-hop"
_one = f"{_list}/<uuid:pk>"

urlpatterns = [
    path(_list, views_office.session_list, name="list"),
    path(f"{_list}/tao", views_office.create, name="create"),
    path(f"{_list}/nhap", views_import.upload, name="import"),
    path(f"{_list}/nhap/luu", views_import.commit, name="import_commit"),
    path(f"{_list}/nhap/mau.<str:kind>", views_import.template, name="import_template"),
    path(_one, views_office.session, name="session"),
    path(f"{_one}/sua", views_office.edit, name="edit"),
    path(f"{_one}/xoa", views_office.remove, name="remove"),
    path(f"{_one}/sao-chep", views_office.copy, name="copy"),
    path(f"{_one}/hoan-tac", views_office.undo, name="undo"),
    path(f"{_one}/phien/them", views_office.sitting, name="add_sitting"),
    path(f"{_one}/phien/<uuid:sitting_pk>", views_office.sitting, name="edit_sitting"),
    path(f"{_one}/phien/<uuid:sitting_pk>/xoa", views_office.remove_sitting, name="remove_sitting"),
    path(f"{_one}/muc/them", views_office.add_item, name="add_item"),
    path(f"{_one}/muc/<uuid:item_pk>", views_office.item, name="item"),
    path(f"{_one}/muc/<uuid:item_pk>/chuyen", views_office.move_item, name="move_item"),
    path(f"{_one}/muc/<uuid:item_pk>/xoa", views_office.remove_item, name="remove_item"),
    path(f"{_one}/muc/<uuid:item_pk>/van-ban", views_papers.paper, name="add_paper"),
    path(f"{_one}/van-ban/<uuid:paper_pk>", views_papers.paper, name="paper"),
    path(f"{_one}/van-ban/<uuid:paper_pk>/tep", views_papers.file_one, name="file_paper"),
    path(f"{_one}/van-ban/<uuid:paper_pk>/cong-khai", views_papers.public, name="paper_public"),
    path(f"{_one}/van-ban/<uuid:paper_pk>/nguoi-doc", views_papers.readers, name="paper_readers"),
    path(f"{_one}/van-ban/<uuid:paper_pk>/rut", views_papers.withdraw, name="withdraw_paper"),
    path(f"{_one}/van-ban/<uuid:paper_pk>/chuyen", views_papers.move, name="move_paper"),
    path(f"{_one}/van-ban/<uuid:paper_pk>/xoa", views_papers.remove, name="remove_paper"),
    path(f"{_one}/van-ban/<uuid:paper_pk>/nhac", views_papers.remind, name="remind"),
    path(f"{_one}/khach", views_guests.guests, name="guests"),
    path(f"{_one}/khach/the", views_guests.make_link, name="make_guest_link"),
    path(f"{_one}/khach/the/<uuid:link>/in", views_guests.print_link, name="print_guest_link"),
    path(f"{_one}/khach/the/<uuid:link>/thu-hoi", views_guests.revoke_link, name="revoke_guest_link"),
    path(f"{_one}/khach/moi", views_guests.invite, name="invite_guest"),
    path(f"{_one}/khach/moi/<int:guest>/thoi", views_guests.uninvite, name="uninvite_guest"),
    path(f"{_one}/tai-lieu", views_papers.papers, name="papers"),
    path(f"{_one}/tai-lieu/tha", views_papers.drop, name="drop_papers"),
    path(f"{_one}/tai-lieu/xep", views_papers.file_staged, name="file_staged"),
    path(f"{_one}/tai-lieu/cho/<uuid:staged_pk>/bo", views_papers.discard, name="discard_staged"),
    path(f"{_one}/tai-lieu/goi/<uuid:batch_pk>/dong", views_papers.close_batch, name="close_batch"),
    path(f"{_one}/thong-bao", views_notice.notice, name="notice"),
    path(f"{_one}/thong-bao/bo-sung", views_notice.supplement, name="supplement"),
    path(f"{_one}/thong-bao/ban.pdf", views_notice.pdf, name="notice_pdf"),
    path(f"{_one}/thong-bao/lich.ics", views_notice.calendar_file, name="notice_ics"),
    path(f"{_one}/thong-bao/gui-lai", views_notice.again, name="notice_again"),
    path(f"{_one}/thong-bao/da-nhan", views_notice.received, name="notice_received"),
    path(f"{_one}/in", views_print.menu, name="print"),
    path(f"{_one}/in/chuong-trinh", views_print.agenda, name="print_agenda"),
    path(f"{_one}/in/diem-danh", views_print.roll, name="print_roll"),
    path(f"{_one}/in/phieu", views_print.ballots, name="print_ballots"),
    path(f"{_one}/in/cho-ngoi", views_print.seats, name="print_seats"),
]
