"""Addresses of this room; public pages first."""

from django.urls import path

from documents import (
    compare_views,
    find_views,
    note_views,
    offline_views,
    pages,
    processing,
    public,
    reading,
    views,
)

app_name = "documents"
_register = "van-phong/nghi-quyet"
_one = f"{_register}/<uuid:public_id>"

urlpatterns = [
    path("nghi-quyet", public.resolutions, name="public_resolutions"),
    path("nghi-quyet/<int:year>/<slug:slug>", public.resolution, name="public_resolution"),
    path("nghi-quyet/<int:year>/<slug:slug>.pdf", public.pdf, name="public_resolution_pdf"),
    path("tim/goi-y", find_views.suggest, name="suggest"),
    path("tai-lieu/<uuid:public_id>", reading.read, name="read"),
    path("tai-lieu/<uuid:public_id>/khung", reading.pane, name="pane"),
    path("tai-lieu/<uuid:public_id>/ghi-chu", note_views.annotations, name="annotations"),
    path("tai-lieu/<uuid:public_id>/so-sanh", compare_views.comparison, name="compare"),
    path("ghi-chu/can-xem-lai", note_views.tray, name="note_tray"),
    path("ghi-chu/<uuid:note>/chia-se", note_views.share, name="share_note"),
    path("ghi-chu/<uuid:note>/xem-lai", note_views.resolve, name="resolve_note"),
    path("tai-lieu/<uuid:public_id>/da-doc", reading.progress, name="progress"),
    path("tai-lieu/<uuid:public_id>/<int:number>/ban-goc.pdf", reading.send_bytes, name="bytes"),
    path("tai-lieu/<uuid:public_id>/<int:number>/ban-doc.pdf", reading.send_layered, name="layered_bytes"),
    path("tai-lieu/<uuid:public_id>/<int:number>/tep-da-nop", processing.brought, name="brought"),
    path("tai-lieu/<uuid:public_id>/<int:number>/thu-lai", processing.process_again, name="process_again"),
    path("van-phong/xu-ly-tai-lieu", processing.processing, name="processing"),
    path("van-phong/xu-ly-tai-lieu/thu-lai", processing.process_all_again, name="process_all_again"),
    path("tai-lieu/<uuid:public_id>/<int:number>/tai-ve.pdf", reading.download, name="download"),
    path("tai-lieu/<uuid:public_id>/<int:number>/kem-ghi-chu.pdf", reading.with_notes, name="with_notes"),
    path("tai-lieu/<uuid:public_id>/con-doc-duoc", reading.state, name="state"),
    path("tai-lieu/<uuid:public_id>/<int:number>/trang/<int:page>.webp", pages.page_image, name="page_image"),
    path("tai-lieu/<uuid:public_id>/<int:number>/anh-nho/<int:page>.webp", pages.page_thumb, name="page_thumb"),
    path("tai-lieu/<uuid:public_id>/<int:number>/van-ban.json", pages.page_texts, name="page_texts"),
    path("mang-theo/<str:ticket>", pages.pack_file, name="pack_file"),
    path("sw.js", offline_views.service_worker, name="service_worker"),
    path("ngoai-tuyen", offline_views.shell, name="offline"),
    path("ngoai-tuyen/doc", offline_views.reader_shell, name="offline_read"),
    path("ngoai-tuyen/may", offline_views.begin_copy, name="begin_copy"),
    path("ngoai-tuyen/con-giu", offline_views.ask_after, name="ask_after_copy"),
    path("ngoai-tuyen/da-xoa", offline_views.end_copy, name="end_copy"),
    path(_register, views.resolutions, name="resolutions"),
    path(f"{_register}/tao", views.create, name="create_resolution"),
    path(f"{_register}/so-cuoi", views.continue_series, name="continue_series"),
    path(_one, views.resolution, name="resolution"),
    path(f"{_one}/xem", views.preview, name="preview"),
    path(f"{_one}/ban.pdf", views.pdf, name="resolution_pdf"),
    path(f"{_one}/vao-so", views.issue, name="issue"),
    path(f"{_one}/cong-bo", views.publish, name="publish"),
    path(f"{_one}/tao-lai", views.render_again, name="render_again"),
    path(f"{_one}/xoa", views.drop, name="drop"),
]
