"""Addresses of this room; public pages first."""

from django.urls import path

from voters import public
from voters.views import agency, office

app_name = "voters"

_office = "van-phong/kien-nghi"
_agency = "co-quan/kien-nghi"

urlpatterns = [
    path("kien-nghi", public.petitions, name="public_petitions"),
    path("kien-nghi/<slug:code>", public.petition, name="public_petition"),
    path("kien-nghi/<slug:code>/tep/<uuid:reply_id>", public.petition_file, name="public_petition_file"),
    path(_office, office.petitions, name="petitions"),
    path(f"{_office}/xuat.csv", office.export, {"kind": "csv"}, name="petitions_csv"),
    path(f"{_office}/xuat.xlsx", office.export, {"kind": "xlsx"}, name="petitions_xlsx"),
    path(f"{_office}/moi", office.new_petition, name="new_petition"),
    path(f"{_office}/nhap", office.import_page, name="import_petitions"),
    path(f"{_office}/nhap/mau.xlsx", office.import_template, name="import_template"),
    path(f"{_office}/<uuid:petition_id>", office.petition, name="petition"),
    path(f"{_office}/<uuid:petition_id>/sua", office.edit_petition, name="edit_petition"),
    path(f"{_office}/<uuid:petition_id>/han", office.due_preview, name="due_preview"),
    path(f"{_office}/<uuid:petition_id>/chuyen", office.refer, name="refer"),
    path(f"{_office}/<uuid:petition_id>/thu-hoi", office.withdraw, name="withdraw"),
    path(f"{_office}/<uuid:petition_id>/cong-khai", office.publish, name="publish"),
    path(f"{_office}/<uuid:petition_id>/ngung-cong-khai", office.hide, name="hide"),
    path(f"{_office}/<uuid:petition_id>/luu", office.close, name="close"),
    path(f"{_office}/<uuid:petition_id>/khoi-phuc", office.restore, name="restore"),
    path(f"{_office}/<uuid:petition_id>/mo-lai", office.reopen, name="reopen"),
    path(f"{_office}/<uuid:petition_id>/tra-loi/<uuid:reply_id>/chap-nhan", office.accept, name="accept"),
    path(f"{_office}/<uuid:petition_id>/tra-loi/<uuid:reply_id>/tra-lai", office.send_back, name="send_back"),
    path(f"{_office}/<uuid:petition_id>/tra-loi/<uuid:reply_id>/tep", office.file, name="petition_file"),
    path(_agency, agency.desk, name="agency"),
    path(f"{_agency}/xuat.csv", agency.export, {"kind": "csv"}, name="agency_csv"),
    path(f"{_agency}/xuat.xlsx", agency.export, {"kind": "xlsx"}, name="agency_xlsx"),
    path(f"{_agency}/<uuid:petition_id>", agency.petition, name="agency_petition"),
    path(f"{_agency}/<uuid:petition_id>/tra-loi", agency.reply, name="reply"),
    path(f"{_agency}/<uuid:petition_id>/chuyen-tra", agency.hand_back, name="hand_back"),
    path(f"{_agency}/<uuid:petition_id>/tep/<uuid:reply_id>", agency.file, name="agency_file"),
]
