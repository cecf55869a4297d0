"""Sign-in: name and password; wrong ones are counted (django-axes).

Changes when the way people sign in changes.
"""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.utils.decorators import method_decorator

__all__ = ["SignIn"]


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    """The sign-in page; whoever is signed in already goes on to the first page."""

    template_name = "web/sign_in.html"
    authentication_form = AuthenticationForm
    redirect_authenticated_user = True
