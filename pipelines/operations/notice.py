"""Telling somebody about a refused or failed night, or one with drift, by webhook and e-mail where configured.

Belongs here: sending one message. Whether a night was good is decided elsewhere; a message that cannot be sent is
said in the log and never spoils a night.
"""

import json
import logging
import os
import smtplib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

log = logging.getLogger("shixun")
TIMEOUT_SECONDS = 10


def notify(facts: Mapping[str, Any]) -> None:
    """Sends a night's facts to SHIXUN_WEBHOOK (JSON by POST) and SHIXUN_MAIL_TO (through SHIXUN_SMTP, host:port)."""
    webhook, mail_to = os.environ.get("SHIXUN_WEBHOOK"), os.environ.get("SHIXUN_MAIL_TO")
    if webhook:
        _attempt("通知地址（SHIXUN_WEBHOOK）", lambda: _post(webhook, facts))
    if mail_to:
        _attempt("通知邮件（SHIXUN_MAIL_TO）", lambda: _mail(mail_to, facts))


def _attempt(what: str, send: Any) -> None:
    try:
        send()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        log.warning("%s 没有送达：%s。本夜的结果不受影响。", what, error)


def _post(url: str, facts: Mapping[str, Any]) -> None:
    if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(f"{url} 不是 http 或 https 地址")
    body = json.dumps(facts, ensure_ascii=False).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json; charset=utf-8"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
        pass


def _mail(to: str, facts: Mapping[str, Any]) -> None:
    host, _, port = os.environ.get("SHIXUN_SMTP", "localhost:25").partition(":")
    message = EmailMessage()
    message["Subject"] = f"师训：{facts['province']} {facts['ending']}"
    message["From"] = os.environ.get("SHIXUN_MAIL_FROM", "shixun@localhost")
    message["To"] = to
    reasons = "\n".join(f"· {reason}" for reason in facts["reasons"])
    drift = "\n".join(f"· {sentence}" for sentence in facts.get("drift", ()))
    parts = [
        f"{facts['ended']} {facts['province']}：{facts['ending']}",
        reasons,
        f"超出平时的变化：\n{drift}" if drift else "",
    ]
    message.set_content("\n\n".join(filter(None, parts)) + "\n")
    with smtplib.SMTP(host, int(port or 25), timeout=TIMEOUT_SECONDS) as server:
        server.send_message(message)
