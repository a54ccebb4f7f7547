"""ECDSA over P-256 with SHA-256, verification only, in plain integers (FIPS 186-4, D.1.2.3)."""

import hashlib

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def is_on_curve(point):
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x * x - 3 * x + B)) % P == 0


def _double(point):
    """Jacobian coordinates: x = X/Z^2, y = Y/Z^3; Z = 0 is the point at infinity."""
    x, y, z = point
    if z == 0 or y == 0:
        return (1, 1, 0)
    square = y * y % P
    s = 4 * x * square % P
    m = 3 * (x - z * z) * (x + z * z) % P
    new_x = (m * m - 2 * s) % P
    return (new_x, (m * (s - new_x) - 8 * square * square) % P, 2 * y * z % P)


def _add(left, right):
    x1, y1, z1 = left
    x2, y2, z2 = right
    if z1 == 0:
        return right
    if z2 == 0:
        return left
    z1_2, z2_2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * z2_2 % P, x2 * z1_2 % P
    s1, s2 = y1 * z2 * z2_2 % P, y2 * z1 * z1_2 % P
    if u1 == u2:
        return _double(left) if s1 == s2 else (1, 1, 0)
    h, r = u2 - u1, s2 - s1
    h2 = h * h % P
    h3, v = h * h2 % P, u1 * h2 % P
    x3 = (r * r - h3 - 2 * v) % P
    return (x3, (r * (v - x3) - s1 * h3) % P, h * z1 * z2 % P)


def _combine(a, b, point):
    """a·G + b·point, both scalars walked at once."""
    g, q = (*G, 1), (*point, 1)
    table = (None, g, q, _add(g, q))
    total = (1, 1, 0)
    for bit in range(max(a.bit_length(), b.bit_length()) - 1, -1, -1):
        total = _double(total)
        pick = (a >> bit & 1) | (b >> bit & 1) << 1
        if pick:
            total = _add(total, table[pick])
    return total


def verify_numbers(key, message, r, s):
    """False also for a high s: of the two signatures (r, s) and (r, N - s) one is allowed."""
    if not (0 < r < N and 0 < s <= N // 2 and is_on_curve(key)):
        return False
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    inverse = pow(s, -1, N)
    x, _, z = _combine(digest * inverse % N, r * inverse % N, key)
    if z == 0:
        return False
    return x * pow(z * z, -1, P) % P % N == r


def verify(key, message, signature):
    """signature: 64 bytes, r and s big-endian."""
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    return verify_numbers(key, message, r, s)
