"""A local model that the database can run: made here with weights at random, run by a real ONNX Runtime.

run (the shell script) says by MODEL_PYTHON and MODEL_LIBRARY what it is made and run with.
"""

import os
import pathlib
import shutil
import subprocess

REPO = pathlib.Path(__file__).parent.parent.parent


def make_server(sql, *users):
    """A server "morphology" for these users; returns whether there can be one."""
    python, library = os.environ.get("MODEL_PYTHON"), os.environ.get("MODEL_LIBRARY")
    if not python or not library:
        return False
    place = pathlib.Path(os.environ["PGHOST"]) / "model"       # where the server's user can read
    if not place.exists():
        place.mkdir(mode=0o755)
        shutil.copy(library, place / "libonnxruntime.so")
        subprocess.run([python, str(REPO / "test/model/make_models.py"), str(place / "tiny"), "tiny", "1"], check=True)
        os.chmod(place / "tiny", 0o755)
    sql("""CREATE SERVER morphology FOREIGN DATA WRAPPER fhir_bridge_model OPTIONS (model_dir '%s/tiny', library '%s/libonnxruntime.so');
        GRANT USAGE ON FOREIGN SERVER morphology TO %s; GRANT fhir_bridge_user TO %s""" % (place, place, ", ".join(users), ", ".join(users)))
    return True


def drop_server(sql):
    sql("DROP SERVER IF EXISTS morphology CASCADE")
