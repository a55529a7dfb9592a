"""The citizen's first page."""

from django.shortcuts import render


def home(request):
    return render(request, "council/home.html")
