"""Can a webhook be sent inside? No spelling of an address is accepted that leads there."""

from ipaddress import ip_address

import pytest

from service.ground.problems import Invalid
from service.webhooks.addresses import Target, is_public, target
from tests.webhooks.inside import INSIDE, OUTSIDE


def test_at_least_120_forms_of_internal_urls_are_known() -> None:
    assert len(set(INSIDE)) >= 120
    assert len(set(INSIDE)) == len(INSIDE)


@pytest.mark.parametrize("url", INSIDE)
def test_an_internal_url_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        target(url)

    assert refused.value.field == ("url",)


@pytest.mark.parametrize(("url", "host", "port", "path"), OUTSIDE)
def test_a_public_url_is_taken_apart(url: str, host: str, port: int, path: str) -> None:
    assert target(url) == Target("https", host, port, path)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "http://localhost:9/x", "http://[::1]:9/x"])
def test_only_in_development_a_program_on_this_machine_may_be_told(url: str) -> None:
    assert target(url, development=True).port == 9
    with pytest.raises(Invalid):
        target(url)


HERE = ("127.0.0.1", "localhost", "[::1]")


@pytest.mark.parametrize("url", [url for url in INSIDE if not any(one in url.lower() for one in HERE)])
def test_development_opens_nothing_but_this_machine(url: str) -> None:
    with pytest.raises(Invalid):
        target(url, development=True)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "::1", "fe80::1%eth0", "::ffff:10.0.0.1",
     "64:ff9b::a00:1", "2002:a00:1::", "fd00:ec2::254", "224.0.0.251", "168.63.129.16"],
)  # fmt: skip
def test_an_address_inside_is_never_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_outside_is_public(address: str) -> None:
    assert is_public(ip_address(address))
