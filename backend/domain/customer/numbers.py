"""Numbers that identify insured persons and companies in Czechia, and their check digits."""


def is_insured_number(digits: str) -> bool:
    """Číslo pojištěnce: the birth number (Act 133/2000 Coll., § 13): ``YYMMDDXXXX`` divisible by 11, month of women + 50,
    since 2004 also + 20; nine digits for those born before 1954, without a check. A remainder of 10 stood for 0 until 1985."""
    if not digits.isascii() or not digits.isdigit() or len(digits) not in (9, 10):
        return False
    month, day = int(digits[2:4]), int(digits[4:6])
    month -= 50 if month > 50 else 0
    month -= 20 if month > 20 and len(digits) == 10 else 0
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False
    if len(digits) == 9:
        return int(digits[:2]) < 54
    rest = int(digits[:9]) % 11
    return rest % 10 == int(digits[9]) if rest == 10 else rest == int(digits[9])


def is_company_number(digits: str) -> bool:
    """IČO: weights 8 to 2, the last digit is (11 − sum mod 11) mod 10."""
    if not digits.isascii() or not digits.isdigit() or len(digits) != 8:
        return False
    total = sum(int(d) * w for d, w in zip(digits, range(8, 1, -1), strict=False))
    return int(digits[7]) == (11 - total % 11) % 10
