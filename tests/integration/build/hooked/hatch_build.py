import numpy
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext


class Hook(BuildHookInterface):
    def initialize(self, version, build_data):
        extension = Extension(
            "tiny_capi",
            ["tiny_capi.c"],
            include_dirs=[numpy.get_include()],
            extra_compile_args=["-g0"],
            define_macros=[("NPY_TARGET_VERSION", "NPY_1_19_API_VERSION")],
        )
        command = build_ext(Distribution({"name": "tiny-capi", "ext_modules": [extension]}))
        command.inplace = True
        command.ensure_finalized()
        command.run()
        built = command.get_ext_filename("tiny_capi")
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"] = {built: built}
