import pytest

from backend.adapters.recordings.keyring import Keyring, UnknownKey, add_key
from backend.adapters.recordings.sealed import Damaged, new_key


def test_a_key_wrapped_before_a_rotation_is_opened_after_it(tmp_path):
    path = tmp_path / "keys"
    first = add_key(path)
    ring = Keyring(path)
    key = new_key()
    id, wrapped = ring.wrap(key, "r")
    assert id == first and key not in wrapped
    second = add_key(path)
    assert ring.current == second != first  # noticed without being made anew
    assert ring.unwrap(id, wrapped, "r") == key
    assert ring.wrap(key, "r")[0] == second


def test_a_wrapped_key_belongs_to_its_recording(tmp_path):
    add_key(tmp_path / "keys")
    ring = Keyring(tmp_path / "keys")
    id, wrapped = ring.wrap(new_key(), "r")
    with pytest.raises(Damaged):
        ring.unwrap(id, wrapped, "another")
    with pytest.raises(Damaged):
        ring.unwrap(id, wrapped[:-1] + bytes([wrapped[-1] ^ 1]), "r")
    with pytest.raises(UnknownKey):
        ring.unwrap("gone", wrapped, "r")


def test_a_key_file_that_others_may_read_or_that_is_none_is_refused(tmp_path):
    path = tmp_path / "keys"
    with pytest.raises(FileNotFoundError):
        Keyring(path)
    add_key(path)
    assert path.stat().st_mode & 0o077 == 0
    path.chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        Keyring(path)
    for words in ("", "id only\n", "id c2hvcnQ=\n", "id !!!\n"):
        path.write_text(words)
        path.chmod(0o600)
        with pytest.raises(ValueError, match="key"):
            Keyring(path)
