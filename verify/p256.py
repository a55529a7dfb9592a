"""ECDSA over P-256 with SHA-256: checking a signature, in plain integers (FIPS 186-5, SEC 1)."""

import hashlib

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def verify(point: bytes, message: bytes, signature: bytes, *, low_s: bool = True) -> bool:
    """Whether `signature` (r and s, 32 bytes each) is one of `message` by the key `point` (04 || x || y).

    With `low_s` the greater of the two values of s is refused, so that a message has one signature only.
    """
    key = decode_point(point)
    if key is None or len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N) or (low_s and s > N // 2):
        return False
    e = int.from_bytes(hashlib.sha256(message).digest(), "big")
    w = pow(s, -1, N)
    found = multiply_add(e * w % N, G, r * w % N, key)
    return found is not None and found[0] % N == r


def decode_point(data: bytes) -> tuple[int, int] | None:
    """An uncompressed point, or None where it is not on the curve."""
    if len(data) != 65 or data[0] != 4:
        return None
    x, y = int.from_bytes(data[1:33], "big"), int.from_bytes(data[33:], "big")
    if x >= P or y >= P or (y * y - (x * x * x - 3 * x + B)) % P:
        return None
    return x, y


def multiply(k: int, point: tuple[int, int]) -> tuple[int, int] | None:
    """k times a point; None is the point at infinity."""
    return multiply_add(k, point, 0, point)


def multiply_add(a: int, first, b: int, second) -> tuple[int, int] | None:
    """a times the first point plus b times the second, both scanned together."""
    one, two = (*first, 1), (*second, 1)
    both = _add(one, two)
    sum_ = (1, 1, 0)
    for bit in range(max(a.bit_length(), b.bit_length()) - 1, -1, -1):
        sum_ = _double(sum_)
        left, right = a >> bit & 1, b >> bit & 1
        if left and right:
            sum_ = _add(sum_, both)
        elif left:
            sum_ = _add(sum_, one)
        elif right:
            sum_ = _add(sum_, two)
    x, y, z = sum_
    if z == 0:
        return None
    inverse = pow(z, -1, P)
    return x * inverse * inverse % P, y * inverse * inverse * inverse % P


def _double(point):
    """Twice a point in Jacobian coordinates."""
    x, y, z = point
    if z == 0 or y == 0:
        return (1, 1, 0)
    yy = y * y % P
    s = 4 * x * yy % P
    m = 3 * (x - z * z) * (x + z * z) % P
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * yy * yy) % P, 2 * y * z % P


def _add(one, two):
    """The sum of two points in Jacobian coordinates."""
    x1, y1, z1 = one
    x2, y2, z2 = two
    if z1 == 0:
        return two
    if z2 == 0:
        return one
    z1z1, z2z2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * z2z2 % P, x2 * z1z1 % P
    s1, s2 = y1 * z2 * z2z2 % P, y2 * z1 * z1z1 % P
    if u1 == u2:
        return _double(one) if s1 == s2 else (1, 1, 0)
    h, r = u2 - u1, s2 - s1
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, h * z1 * z2 % P
