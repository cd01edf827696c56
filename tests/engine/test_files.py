import errno
import os
import socket
import stat
import subprocess
import sys
import textwrap

import pytest

from engine.core.errors import BadInput, Cancelled, UserError
from engine.core.files import (
    atomic_write,
    check_writable,
    describe_os_error,
    read_regular,
    write_atomically,
)


@pytest.fixture
def goal(tmp_path):
    path = tmp_path / "result.bin"
    path.write_bytes(b"old")
    return path


def test_new_bytes_replace_old_and_nothing_is_left_beside(goal):
    write_atomically(goal, b"new")
    assert goal.read_bytes() == b"new"
    assert [p.name for p in goal.parent.iterdir()] == ["result.bin"]


def test_old_file_is_seen_until_the_block_ends(goal):
    with atomic_write(goal) as file:
        file.write(b"half")
        file.flush()
        assert goal.read_bytes() == b"old"
    assert goal.read_bytes() == b"half"


@pytest.mark.parametrize("error", [ValueError("x"), Cancelled("x"), KeyboardInterrupt()])
def test_old_file_survives_an_exception_in_the_block(goal, error):
    def write() -> None:
        with atomic_write(goal) as file:
            file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        write()
    assert goal.read_bytes() == b"old"
    assert [p.name for p in goal.parent.iterdir()] == ["result.bin"]


@pytest.mark.skipif(os.name != "posix", reason="needs RLIMIT_FSIZE")
def test_old_file_survives_a_full_disk(goal):
    # A file size limit is the one way to make the real system calls fail without a disk of our own.
    script = textwrap.dedent(
        """
        import resource, sys
        from engine.core.errors import UserError
        from engine.core.files import write_atomically
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            write_atomically(sys.argv[1], bytes(100_000))
        except UserError as error:
            print(error)
            sys.exit(2)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(goal)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 2, done.stderr
    assert "result.bin: cannot be written" in done.stdout
    assert goal.read_bytes() == b"old"
    assert [p.name for p in goal.parent.iterdir()] == ["result.bin"]


@pytest.mark.parametrize("call", ["fsync", "open"])
def test_old_file_survives_a_failing_system_call(goal, monkeypatch, call):
    def refuse(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(UserError, match=r"result.bin: .*disk is full.*Free some space"):
        write_atomically(goal, b"new")
    monkeypatch.undo()
    assert goal.read_bytes() == b"old"
    assert [p.name for p in goal.parent.iterdir()] == ["result.bin"]


def test_errors_about_other_files_pass_through(goal):
    with (
        pytest.raises(FileNotFoundError),
        atomic_write(goal),
        (goal.parent / "missing.txt").open("rb"),
    ):
        pass
    assert goal.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing/out.png", "folder does not exist"),
        (".", "is a folder"),
        ("result.bin/out.png", "file where a folder should be"),
        ("x" * 300, "name is too long"),
        ("x\0y", "not a usable file name"),
    ],
)
def test_impossible_names_are_refused_early(goal, name, words):
    for refuse in (check_writable, lambda path: write_atomically(path, b"")):
        with pytest.raises(BadInput, match=words):
            refuse(goal.parent / name)


def test_looking_whether_a_place_takes_files_leaves_none(tmp_path):
    check_writable(tmp_path / "new.png")
    assert list(tmp_path.iterdir()) == []


def test_the_longest_possible_name_can_be_written(tmp_path):
    path = tmp_path / ("x" * 255)
    write_atomically(path, b"data")
    assert path.read_bytes() == b"data"


@pytest.mark.skipif(os.name != "posix", reason="devices, pipes and modes of POSIX")
class TestPosix:
    def test_a_device_or_pipe_is_never_replaced(self, tmp_path):
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        with pytest.raises(BadInput, match="device or a pipe"):
            write_atomically(pipe, b"x")
        assert stat.S_ISFIFO(pipe.stat().st_mode)
        with pytest.raises(BadInput, match="device or a pipe"):
            check_writable("/dev/null")

    @pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
    def test_a_folder_of_the_kernel_takes_no_files(self):
        for refuse in (check_writable, lambda path: write_atomically(path, b"")):
            with pytest.raises(BadInput, match=r"there|permission") as caught:
                refuse("/proc/x.png")
            assert "does not exist" not in str(caught.value)

    def test_a_write_protected_file_is_refused(self, goal, monkeypatch):
        monkeypatch.setattr(os, "access", lambda *_: False)  # root passes every real check
        with pytest.raises(BadInput, match="may not be written: permission denied"):
            write_atomically(goal, b"new")

    def test_permissions_are_kept_and_new_files_follow_the_umask(self, goal):
        goal.chmod(0o640)
        write_atomically(goal, b"new")
        assert stat.S_IMODE(goal.stat().st_mode) == 0o640
        old = os.umask(0o022)
        try:
            write_atomically(goal.with_name("fresh"), b"")
        finally:
            os.umask(old)
        assert stat.S_IMODE(goal.with_name("fresh").stat().st_mode) == 0o644

    def test_a_link_is_followed(self, goal):
        link = goal.with_name("link")
        link.symlink_to(goal)
        write_atomically(link, b"new")
        assert link.is_symlink()
        assert goal.read_bytes() == b"new"

    def test_a_loop_of_links_is_refused(self, tmp_path):
        loop = tmp_path / "loop"
        loop.symlink_to(loop)
        with pytest.raises(BadInput):
            write_atomically(loop, b"new")
        with pytest.raises(BadInput):
            read_regular(loop, limit=10)

    def test_reading_never_waits_for_a_pipe_socket_or_device(self, tmp_path, monkeypatch):
        os.mkfifo(tmp_path / "pipe")
        with socket.socket(socket.AF_UNIX) as server:
            monkeypatch.chdir(tmp_path)  # the name of a socket may have 107 characters only
            server.bind("socket")
            for path in (tmp_path / "pipe", tmp_path / "socket", "/dev/zero"):
                with pytest.raises(BadInput, match="device or a pipe"):
                    read_regular(path, limit=10)


def test_reading_refuses_what_is_no_readable_file(goal):
    assert read_regular(goal, limit=3) == b"old"
    for path, words in (
        (goal.parent, "is a folder"),
        (goal.parent / "none", "no such file"),
        (goal.parent / "none/none", "folder does not exist"),
        (goal.parent / "a\0b", "not a usable"),
        (goal.parent / ("x" * 300), "too long"),
    ):
        with pytest.raises(BadInput, match=words):
            read_regular(path, limit=3)
    with pytest.raises(BadInput, match="larger than"):
        read_regular(goal, limit=2)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission denied"),
        (errno.EMFILE, "too many files"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_every_description_names_the_file_and_a_remedy(code, words):
    error = describe_os_error(OSError(code, os.strerror(code)), "some/out.png", writing=True)
    assert words in str(error)
    assert "out.png" in str(error)
    assert error.remedy
