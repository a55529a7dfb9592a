"""AES-GCM decryption (FIPS 197, NIST SP 800-38D), slow and plain; nonce of 12 bytes, tag of 16."""

import hmac


def _tables():
    """The S-box, from inverses in GF(256) and the affine map, so that no table is taken on trust."""
    exp, log, x = [0] * 255, [0] * 256, 1
    for power in range(255):
        exp[power], log[x] = x, power
        x ^= (x << 1) ^ (0x11B if x & 0x80 else 0)  # times 3, a generator
        x &= 0xFF
    box = []
    for value in range(256):
        inverse = exp[-log[value] % 255] if value else 0
        spread = 0
        for turn in range(5):
            spread ^= (inverse << turn | inverse >> (8 - turn)) & 0xFF
        box.append(spread ^ 0x63)
    return box


SBOX = _tables()


def _double(value: int) -> int:
    return (value << 1) ^ (0x11B if value & 0x80 else 0)


def _expand(key: bytes) -> list[list[int]]:
    """The round keys, 16 bytes each."""
    words = [list(key[n : n + 4]) for n in range(0, len(key), 4)]
    size, rcon = len(words), 1
    for n in range(size, 4 * (size + 7)):
        word = words[-1]
        if n % size == 0:
            word = [SBOX[byte] for byte in word[1:] + word[:1]]
            word[0] ^= rcon
            rcon = _double(rcon)
        elif size > 6 and n % size == 4:
            word = [SBOX[byte] for byte in word]
        words.append([a ^ b for a, b in zip(words[-size], word, strict=True)])
    return [sum(words[n : n + 4], []) for n in range(0, len(words), 4)]


def _encrypt(keys: list[list[int]], block: bytes) -> bytes:
    state = [a ^ b for a, b in zip(block, keys[0], strict=True)]
    for number, key in enumerate(keys[1:], 1):
        state = [SBOX[state[(place + 4 * (place % 4)) % 16]] for place in range(16)]  # SubBytes, ShiftRows
        if number < len(keys) - 1:
            mixed = []
            for n in range(0, 16, 4):
                column = state[n : n + 4]
                whole = column[0] ^ column[1] ^ column[2] ^ column[3]
                mixed += [byte ^ whole ^ _double(byte ^ column[(k + 1) % 4]) for k, byte in enumerate(column)]
            state = mixed
        state = [a ^ b for a, b in zip(state, key, strict=True)]
    return bytes(state)


def _times(x: int, y: int) -> int:
    """Multiplication in GF(2^128) as GCM writes it, the highest bit first."""
    product = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            product ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return product


def _ghash(h: int, data: bytes) -> int:
    total = 0
    for n in range(0, len(data), 16):
        total = _times(total ^ int.from_bytes(data[n : n + 16], "big"), h)
    return total


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def decrypt(key: bytes, nonce: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
    """The plaintext of AES-GCM; ValueError where the tag does not fit."""
    if len(sealed) < 16:
        raise ValueError("too short")
    cipher, tag = sealed[:-16], sealed[-16:]
    keys = _expand(key)
    h = int.from_bytes(_encrypt(keys, bytes(16)), "big")
    lengths = (8 * len(aad)).to_bytes(8, "big") + (8 * len(cipher)).to_bytes(8, "big")
    total = _ghash(h, _padded(aad) + _padded(cipher) + lengths)
    mask = int.from_bytes(_encrypt(keys, nonce + (1).to_bytes(4, "big")), "big")
    if not hmac.compare_digest((total ^ mask).to_bytes(16, "big"), tag):
        raise ValueError("the tag does not fit")
    plain = bytearray()
    for n in range(0, len(cipher), 16):
        stream = _encrypt(keys, nonce + (n // 16 + 2).to_bytes(4, "big"))
        plain += bytes(a ^ b for a, b in zip(cipher[n : n + 16], stream, strict=False))
    return bytes(plain)
