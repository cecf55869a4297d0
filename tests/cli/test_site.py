"""The command `serve`: what cannot be served is said before anything starts."""

import socket

import typer
from typer.testing import CliRunner

from jiaoheng.cli.site import register


def test_a_port_in_use_is_one_sentence_with_what_to_do() -> None:
    app = typer.Typer()
    register(app)
    app.command("other")(lambda: None)  # with one command alone typer would take no command's name
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        result = CliRunner().invoke(app, ["serve", "--port", str(port)])
    assert result.exit_code == 2
    assert f"127.0.0.1:{port} cannot be listened on" in result.stderr
    assert "--port" in result.stderr
