"""Messages and their signatures, by the Standard Webhooks convention."""

import base64
from datetime import UTC, datetime

import msgspec

from services.watch import message
from tests.services.store.build import at


def test_the_conventions_own_example_is_signed_as_it_says() -> None:
    """The test vector that the convention's libraries carry."""
    signed = message.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_hangs_on_id_time_and_every_byte() -> None:
    secret, when = message.new_secret(), at("2026-06-01")
    signed = message.sign(secret, "msg_1", when, b"{}")
    assert signed == message.sign(secret, "msg_1", when, b"{}")
    assert signed != message.sign(secret, "msg_2", when, b"{}")
    assert signed != message.sign(secret, "msg_1", when, b"{} ")
    assert signed != message.sign(secret, "msg_1", at("2026-06-02"), b"{}")
    assert signed != message.sign(message.new_secret(), "msg_1", when, b"{}")


def test_secrets_are_of_256_bits_and_ids_hold_no_dot() -> None:
    secrets = {message.new_secret() for _ in range(20)}
    assert len(secrets) == 20
    for one in secrets:
        assert one.startswith("whsec_")
        assert len(base64.b64decode(one.removeprefix("whsec_"), validate=True)) == 32
    assert "." not in message.new_id()  # it separates the parts of what is signed


def test_a_test_message_says_that_nothing_changed() -> None:
    said = msgspec.json.decode(message.test(at("2026-06-01")))
    assert said == {
        "type": "subscription.test",
        "timestamp": "2026-06-01T06:00:00Z",
        "data": {"changes": [], "from": "", "to": ""},
    }


def test_an_attempt_names_id_time_and_signature() -> None:
    secret, when = message.new_secret(), at("2026-06-01")
    assert message.headers(secret, "msg_1", when, b"{}") == {
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(when.timestamp())),
        "webhook-signature": message.sign(secret, "msg_1", when, b"{}"),
    }
