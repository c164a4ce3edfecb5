"""Pickling of what moto's models hold and pickle refuses: locks, keys, temporary files, local functions, backends."""

from __future__ import annotations

import copyreg
import importlib
import io
import marshal
import pickle
import sys
import tempfile
import threading
import types
import weakref
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from moto.core.base_backend import AccountSpecificBackend, BackendDict

Reduced = tuple[Any, ...]


def dumps(content: Any) -> bytes:
    """`pickle.loads` reads the result, in the same version of Python and moto."""
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(content)
    return buffer.getvalue()


def name_of(backends: BackendDict[Any]) -> tuple[str, str]:
    """(module, attribute) where moto keeps the backends of a service."""
    package = ".".join(backends.backend.__module__.split(".")[:2])
    for name, module in list(sys.modules.items()):
        if name == package or name.startswith(f"{package}."):
            for attribute, value in vars(module).items():
                if value is backends:
                    return name, attribute
    raise LookupError(f"no module of {package} holds the backends of {backends.service_name}")


def attribute_of(module: str, attribute: str) -> Any:
    return getattr(importlib.import_module(module), attribute)


class _Pickler(pickle.Pickler):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.dispatch_table = _dispatch_table()
        self.plain = {dict, defaultdict, OrderedDict, Counter, *self.dispatch_table}

    def reducer_override(self, value: Any) -> Any:
        # The dispatch table is asked neither for functions nor for subclasses.
        if type(value) is types.FunctionType and "<locals>" in value.__qualname__:
            return _reduce_local_function(value)
        if isinstance(value, dict) and type(value) not in self.plain:
            return _reduce_dictionary(value)
        return NotImplemented


def _reduce_local_function(function: types.FunctionType) -> Reduced:
    cells = function.__closure__ or ()
    state = (function.__defaults__, function.__kwdefaults__, [cell.cell_contents for cell in cells])
    arguments = (marshal.dumps(function.__code__), function.__module__, function.__qualname__, len(cells))
    # What the closure refers to is set afterwards: it may refer to the function.
    return _make_local_function, arguments, state, None, None, _set_local_function


def _make_local_function(code: bytes, module: str, qualified_name: str, cells: int) -> types.FunctionType:
    namespace = vars(importlib.import_module(module))
    closure = tuple(types.CellType() for _ in range(cells))
    function = types.FunctionType(marshal.loads(code), namespace, closure=closure)
    function.__qualname__ = qualified_name
    return function


def _set_local_function(function: types.FunctionType, state: Reduced) -> None:
    function.__defaults__, function.__kwdefaults__, contents = state
    for cell, content in zip(function.__closure__ or (), contents, strict=True):
        cell.cell_contents = content


def _reduce_dictionary(value: dict[Any, Any]) -> Reduced:
    """A subclass of dict, whatever its constructor takes and its methods make of its items."""
    state = (getattr(value, "__dict__", {}), dict(dict.items(value)), getattr(value, "default_factory", None))
    return copyreg.__newobj__, (type(value),), state, None, None, _set_dictionary  # type: ignore[attr-defined]


def _set_dictionary(value: dict[Any, Any], state: Reduced) -> None:
    attributes, items, default_factory = state
    if attributes:
        value.__dict__.update(attributes)
    dict.update(value, items)
    if isinstance(value, defaultdict):
        value.default_factory = default_factory


def _reduce_backends(backends: BackendDict[Any]) -> Reduced:
    return attribute_of, name_of(backends)


def _reduce_account(account: AccountSpecificBackend[Any]) -> Reduced:
    for backends in BackendDict._instances:
        if backends.get(account.account_id) is account:
            return _account_of, (*name_of(backends), account.account_id)
    raise LookupError(f"no backends hold account {account.account_id} of {account.service_name}")


def _account_of(module: str, attribute: str, account: str) -> Any:
    return attribute_of(module, attribute)[account]


def _reduce_private_key(key: Any) -> Reduced:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return _load_private_key, (pem,)


def _load_private_key(pem: bytes) -> Any:
    return serialization.load_pem_private_key(pem, None)


def _reduce_public_key(key: Any) -> Reduced:
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return _load_public_key, (pem,)


def _load_public_key(pem: bytes) -> Any:
    return serialization.load_pem_public_key(pem)


def _reduce_certificate(certificate: x509.Certificate) -> Reduced:
    return _load_certificate, (certificate.public_bytes(serialization.Encoding.PEM),)


def _load_certificate(pem: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem)


def _reduce_spooled_file(file: tempfile.SpooledTemporaryFile[bytes]) -> Reduced:
    position = file.tell()
    file.seek(0)
    content = file.read()
    file.seek(position)
    return _make_spooled_file, (content, position)


def _make_spooled_file(content: bytes, position: int) -> tempfile.SpooledTemporaryFile[bytes]:
    file: tempfile.SpooledTemporaryFile[bytes] = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115
    file.write(content)
    file.seek(position)
    return file


def _none() -> None:
    return None


def _rust(path: str) -> Any:
    """The class an object of cryptography really has; the public ones are abstract."""
    found: Any = importlib.import_module("cryptography.hazmat.bindings._rust")
    for name in path.split("."):
        found = getattr(found, name)
    return found


def _dispatch_table() -> dict[type, Callable[[Any], Any]]:
    table: dict[type, Callable[[Any], Any]] = dict(copyreg.dispatch_table)
    more: dict[type, Callable[[Any], Any]] = {
        BackendDict: _reduce_backends,
        AccountSpecificBackend: _reduce_account,
        type(threading.Lock()): lambda _: (threading.Lock, ()),
        type(threading.RLock()): lambda _: (threading.RLock, ()),
        threading.Thread: lambda _: (_none, ()),
        weakref.WeakValueDictionary: lambda values: (weakref.WeakValueDictionary, (dict(values),)),
        types.ModuleType: lambda module: (importlib.import_module, (module.__name__,)),
        tempfile.SpooledTemporaryFile: _reduce_spooled_file,
        _rust("x509.Certificate"): _reduce_certificate,
    }
    table |= more
    for kind in ("rsa.RSA", "ec.EC", "ed25519.Ed25519"):
        table[_rust(f"openssl.{kind}PrivateKey")] = _reduce_private_key
        table[_rust(f"openssl.{kind}PublicKey")] = _reduce_public_key
    return table
