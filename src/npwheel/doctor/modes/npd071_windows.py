"""NPD071: Windows does not load a compiled module. Judged from texts only."""

from typing import Iterator, Optional

from npwheel.doctor.mode import Mode
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText

RUNTIME = "install the Microsoft Visual C++ Redistributable (2015-2022, of Python's own bitness)"


OTHER_REASONS = r"not a valid Win32 application|pplication [Cc]ontrol|blocked by|WinError 4551"


class Windows(Mode):
    """A runtime library that is missing, or conda's folders that are not on PATH."""

    id = "NPD071"
    title = "Windows cannot load a compiled module (DLL load failed)"
    seen = "ImportError: DLL load failed while importing _multiarray_umath: The specified module …"
    detected = "the text: which module, and Windows' reason"
    fixes = (("edit", RUNTIME),)
    sources = ("numpy/numpy#12957", "numpy troubleshooting page", "opencv-python#154")
    texts = (
        (
            r"DLL load failed(?: while importing (\w+))?: %1 is not a valid Win32 application",
            "a compiled module ({0}) is for another bitness or machine than this Python",
            (("pip", "{pip} install --force-reinstall --no-cache-dir numpy {package}"),
             ("pip", "{pip} install --force-reinstall --no-cache-dir numpy")),
        ),
        (
            r"(?s)DLL load failed.{0,200}(?:Application Control|application control|blocked by|"
            r"WinError 4551|Code Integrity)",
            "a policy of Windows (Smart App Control or AppLocker) blocks a compiled module",
            (("edit", "allow Python's folder in that policy, or install into an allowed folder"),),
        ),
        (
            r"DLL load failed(?: while importing (cv2))(?:: ([^\n]*))",
            "Windows finds no DLL that {0} needs; on Windows N, and on Server, these are the media "
            "libraries",
            (("edit", "install the Media Feature Pack (Windows N) or the Media Foundation feature; "
              "else " + RUNTIME),
             ("pip", "{pip} install opencv-python-headless")),
        ),
        (
            r"DLL load failed while importing (\w+):? ?([^\n]*?)\.?(?=\n|$)",
            "Windows cannot load {0} or a DLL that it needs: {1}",
            (("edit", RUNTIME),
             ("pip", "{pip} install --force-reinstall --no-cache-dir {package}")),
        ),
        (
            r"DLL load failed:? ?([^\n]*?)\.?(?=\n|$)",
            "Windows cannot load a compiled module or a DLL that it needs: {0}",
            (("edit", RUNTIME),
             ("pip", "{pip} install --force-reinstall --no-cache-dir {package}")),
        ),
        (
            r"\[WinError 126\] ([^\n]*)|\[WinError 193\] ([^\n]*)|\[WinError 1114\] ([^\n]*)",
            "Windows cannot load a DLL: {0}{1}{2}",
            (("edit", RUNTIME),),
        ),
        (
            r"\[WinError (?:5|32)\][^\n']*'[^\n']*?([\w.-]+\.(?:pyd|dll))'",
            "pip cannot replace {0}, which is in use: a program that runs has it loaded",
            (("edit", "close all programs that run Python (Spyder, Jupyter, an editor), then start "
              "pip again in a new terminal"),),
        ),
        (
            r"Could not load shared object file: ([\w.-]+\.dll)",
            "Windows cannot load {0}, which {owner} brings, or a DLL that it needs",
            (("conda", "conda install --force-reinstall {package}"),
             ("edit", RUNTIME),
             ("pip", "{pip} install --force-reinstall --no-cache-dir {package}")),
        ),
        (
            r"Python was not found; run without arguments to install from the Microsoft Store",
            "no Python is installed: `python` is the placeholder of the Microsoft Store",
            (("edit", "install Python, or turn off the placeholder under App execution aliases"),),
        ),
        (
            r"PythonSoftwareFoundation\.Python[\s\S]*(?:No module named|is not recognized)",
            "the Python of the Microsoft Store keeps its packages in a folder of its own, which "
            "other Pythons do not see",
            (("pip", "{pip} install numpy  (with the python that runs the program)"),),
        ),
        (
            r"\[Errno 2\] No such file or directory: '[^'\n]{240,}|enable long path|WinError 206",
            "a path is longer than Windows allows (260 characters)",
            (("edit", "enable long paths in Windows, or install into a folder with a short path"),),
        ),
    )  # fmt: skip

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Nothing: the doctor runs no import on Windows."""
        return iter(())

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """conda keeps its DLLs in a folder that only an activated environment has on PATH."""
        match = saved.search(
            r"DLL load failed|Could not find module '[^'\n]+\.dll'|Intel MKL FATAL ERROR[^\n]*\.dll"
        )
        if match is None or not saved.conda or saved.search(OTHER_REASONS):
            return super().read(saved)
        what = saved.named(saved.owner) if saved.owner else "a compiled module"
        return self.stated(
            saved,
            "Windows finds no DLL that " + what + " of a conda environment needs: the "
            "environment is "
            "not activated (its Library\\bin is not on PATH), or pip's and conda's "
            "packages are mixed",
            (
                ("conda", "conda install --force-reinstall numpy {package}"),
                ("conda", "conda install --force-reinstall numpy"),
                ("edit", "start Python from the activated environment: conda activate NAME"),
            ),
            match,
        )
