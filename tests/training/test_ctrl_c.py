import os
import signal
import threading

import pytest

from glasswork.training.ctrl_c import CtrlC


def press():
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_is_noted_and_the_second_stops():
    before = signal.getsignal(signal.SIGINT)
    ctrl_c = CtrlC()
    with ctrl_c:
        press()
        assert ctrl_c.pressed
        with pytest.raises(KeyboardInterrupt):
            press()
    assert signal.getsignal(signal.SIGINT) is before


def test_not_wanted_or_not_possible():
    with pytest.raises(KeyboardInterrupt), CtrlC(wanted=False):
        press()
    noted = []

    def elsewhere():
        with CtrlC() as ctrl_c:
            noted.append(ctrl_c.pressed)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert noted == [False]
