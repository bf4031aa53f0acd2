"""Who executes what, when: shares of the book for several machines, and the GPU for one page at a time."""

import json
import shutil
import threading
import time

import pytest
from mgai_book import choosing, execution, keys, scheduling
from mgai_book.layout import BookError, Layout
from mgai_book.pages import Page

HEAD = """---
file_format: mystnb
kernelspec: {{name: python3, display_name: Python 3, language: python}}
orphan: true
{}---
# T
"""
CELL = "\n```{{code-cell}} ipython3\n{}\n```\n"
SEES = "import os\nprint(repr(os.environ.get('CUDA_VISIBLE_DEVICES')), 'CUBLAS_WORKSPACE_CONFIG' in os.environ)"


def page(name: str, front: str = "", code: str = "print(1)") -> Page:
    return Page(name, None, HEAD.format(front) + CELL.format(code))


@pytest.fixture
def known(tmp_path):
    """A layout with the durations of eight pages out of eleven."""
    seconds = dict(zip("abcdefgh", [7.0, 5.0, 4.0, 3.0, 3.0, 2.0, 2.0, 1.0], strict=True))
    (tmp_path / "_build").mkdir()
    (tmp_path / "_build/durations.json").write_text(json.dumps(seconds | {"gone": 99.0}))
    return Layout(tmp_path)


@pytest.mark.parametrize("text", ["", "2", "0/5", "6/5", "2/0", "-1/5", "a/b", "1/5/9", "2.5/5"])
def test_what_is_no_share(text):
    with pytest.raises(BookError, match="SHARD="):
        choosing.shard(text)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 11, 20])
def test_every_page_is_in_exactly_one_share(known, count):
    found = [page(name) for name in "abcdefghijk"]
    shares = scheduling.shares(known, found, count)
    assert len(shares) == count
    assert sorted(each.docname for share in shares for each in share) == list("abcdefghijk")
    assert [[p.docname for p in s] for s in scheduling.shares(known, found[::-1], count)] == [
        [p.docname for p in s] for s in shares
    ], "whatever the order in which the pages are found"


def test_shares_are_balanced(known):
    found = [page(name) for name in "abcdefgh"]
    seconds = scheduling.read_durations(known)
    loads = [sum(seconds[each.docname] for each in share) for share in scheduling.shares(known, found, 3)]
    assert sorted(loads) == [9.0, 9.0, 9.0]


def test_a_page_of_which_nothing_is_known_counts_as_the_median(known):
    """The median of 7, 2 and 1 is 2: with three new pages of 2 each share has 8 seconds."""
    shares = scheduling.shares(known, [page(name) for name in "afhxyz"], 2)
    assert [[each.docname for each in share] for share in shares] == [["a", "h"], ["f", "x", "y", "z"]]


def test_without_any_record_shares_have_equally_many_pages(tmp_path):
    shares = scheduling.shares(Layout(tmp_path), [page(name) for name in "abcdef"], 3)
    assert [len(share) for share in shares] == [2, 2, 2]


@pytest.mark.parametrize("damage", ["", "[]", '{"a": "x"}'])
def test_damaged_durations_are_no_durations(known, damage):
    (known.build / "durations.json").write_text(damage)
    assert scheduling.read_durations(known) == {}


@pytest.fixture
def five_pages(book):
    """The small book with four more pages, nothing executed, and a record that puts one page in a share of its own."""
    shutil.rmtree(book.root / "_build")
    for name in ("one", "two", "three", "four"):
        path = book.root / f"book/reference/{name}.md"
        path.write_text(HEAD.format("") + CELL.format(f"print({name!r})"))
    (book.root / "_build").mkdir()
    (book.root / "_build/durations.json").write_text(json.dumps({"reference/one": 100.0, "reference/two": 1.0}))
    return book


def stored(root) -> set[str]:
    return {path.name for path in (root / "_build/cache").glob("*.ipynb")}


def test_shares_executed_apart_make_the_whole_book(five_pages, tmp_path):
    """Two machines execute a share each, one after the other or not; their stores, copied together, are complete."""
    machines = [five_pages, type(five_pages)(tmp_path / "second")]
    shutil.copytree(five_pages.root, machines[1].root)
    for number, machine in enumerate(machines, start=1):
        result = machine.run("execute", "--shard", f"{number}/2")
        assert result.returncode == 0, result.stdout + result.stderr
        assert f"share {number} of 2" in result.stdout
    first, second = (stored(machine.root) for machine in machines)
    assert {len(first), len(second)} == {2, 3}
    assert not first & second
    shutil.copytree(machines[1].root / "_build/cache", machines[0].root / "_build/cache", dirs_exist_ok=True)
    whole = machines[0].run("html")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert "executing 0 of 5 pages (5 unchanged)" in whole.stdout
    durations = json.loads((machines[0].root / "_build/durations.json").read_text())
    assert durations["reference/one"] < 100, "the whole build notes what the pages really took"


def test_shares_executed_one_after_the_other_on_one_machine_make_the_whole_book(five_pages):
    for number in (1, 2, 3):
        assert five_pages.run("execute", "--shard", f"{number}/3").returncode == 0
    assert len(stored(five_pages.root)) == 5
    assert len(list((five_pages.root / "_build/executed").rglob("*.ipynb"))) == 5


def test_a_share_with_a_failing_page_fails(five_pages):
    path = five_pages.root / "book/reference/one.md"
    path.write_text(path.read_text() + CELL.format("raise ValueError('on purpose')"))
    results = [five_pages.run("execute", "--shard", f"{number}/2") for number in (1, 2)]
    assert sorted(result.returncode for result in results) == [0, 1]
    assert "book/reference/one.md" in "".join(r.stdout for r in results if r.returncode)


GPU = page("gpu", "gpu: true\n", SEES)
CPU = page("cpu", "", SEES)


@pytest.fixture
def a_gpu(monkeypatch):
    """As if there were a GPU; torch finds none, and does not need to."""
    monkeypatch.setattr(keys, "gpu_kind", lambda: "some GPU")
    monkeypatch.delenv("MGAI_DEVICE", raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("device", "seen"),
    [("auto", (True, False)), ("cpu", (False, False)), ("cuda", (True, True)), ("cuda:1", (True, True))],
)
def test_which_pages_see_the_gpu(a_gpu, device, seen):
    a_gpu.setenv("MGAI_DEVICE", device)
    assert (keys.sees_gpu(GPU), keys.sees_gpu(CPU)) == seen


@pytest.mark.parametrize("device", ["auto", "cpu"])
@pytest.mark.parametrize("value", ["yes please", "1", "'true'", "", "[true]"])
def test_gpu_is_true_or_false_and_nothing_else(a_gpu, device, value):
    a_gpu.setenv("MGAI_DEVICE", device)
    with pytest.raises(BookError, match=r"^book/p\.md: `gpu: .*` is neither true nor false$"):
        keys.sees_gpu(page("p", f"gpu: {value}\n"))


def test_without_a_gpu_no_page_sees_one(a_gpu):
    a_gpu.setattr(keys, "gpu_kind", lambda: "")
    assert not keys.sees_gpu(GPU)


def test_a_hidden_gpu_is_none(monkeypatch):
    for hidden in ("", "-1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
        assert keys.gpu_kind() == ""


def test_the_key_of_a_page_knows_the_gpu_only_if_the_page_sees_it(a_gpu, tmp_path):
    with_gpu = [keys.key(Layout(tmp_path), each) for each in (GPU, CPU)]
    a_gpu.setattr(keys, "gpu_kind", lambda: "")
    without = [keys.key(Layout(tmp_path), each) for each in (GPU, CPU)]
    assert with_gpu[0] != without[0]
    assert with_gpu[1] == without[1], "a page that does not see the GPU has one store for all machines"


def test_a_kernel_sees_the_gpu_only_on_the_pages_that_do(a_gpu):
    a_gpu.setenv("CUDA_VISIBLE_DEVICES", "3")
    seen = [execution.run(each, "p.md").notebook.cells[-1].outputs[0].text for each in (GPU, CPU)]
    assert seen == ["'3' True\n", "'' False\n"]


def test_one_page_at_a_time_is_on_the_gpu_and_others_run_beside_it(a_gpu):
    todo = [page(f"gpu-{i}", "gpu: true\n") for i in range(3)] + [page(f"cpu-{i}") for i in range(4)]
    at_work, seen, guard = [], [], threading.Lock()

    def work(each: Page, turn: scheduling.Turn) -> None:
        with turn:
            with guard:
                at_work.append(each.docname[:3])
                seen.append(list(at_work))
            time.sleep(0.1)
            with guard:
                at_work.remove(each.docname[:3])

    with scheduling.lanes(3, todo, lambda: None) as lanes:
        for each in todo:
            lanes.submit(work, each)
    assert max(now.count("gpu") for now in seen) == 1
    assert max(now.count("cpu") for now in seen) == 2, "one core is left to the page on the GPU"
    assert ["gpu", "cpu"] in [sorted(now, reverse=True)[:2] for now in seen]


def test_kernels_start_beside_the_pages_that_compute():
    todo = [page(f"cpu-{i}") for i in range(8)]
    counts, guard = {"on their way": [0], "computing": [0]}, threading.Lock()

    def change(what: str, by: int) -> None:
        with guard:
            counts[what].append(counts[what][-1] + by)

    def work(each: Page, turn: scheduling.Turn) -> None:
        change("on their way", 1)
        with turn:
            change("computing", 1)
            time.sleep(0.1)
            change("computing", -1)
        change("on their way", -1)

    with scheduling.lanes(2, todo, lambda: None) as lanes:
        for each in todo:
            lanes.submit(work, each)
    assert max(counts["computing"]) == 2
    assert max(counts["on their way"]) == 4


def test_work_is_abandoned_when_it_is_interrupted():
    ended = threading.Event()
    with pytest.raises(KeyboardInterrupt), scheduling.lanes(1, [], ended.set) as lanes:
        started = [lanes.submit(lambda each, turn: ended.wait(30), CPU) for _ in range(2)]
        waiting = lanes.submit(lambda each, turn: None, CPU)
        raise KeyboardInterrupt
    assert [each.result() for each in started] == [True, True]
    assert waiting.cancelled()
