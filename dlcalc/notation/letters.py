"""The words that stand for a Greek letter or carry an accent, with their forms."""

from __future__ import annotations

GREEK: dict[str, str] = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ",
    "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "nabla": "∇", "partial": "∂", "ell": "ℓ",
}  # fmt: skip

ACCENTS: tuple[str, ...] = ("hat", "bar", "tilde")

FROM_SIGN: dict[str, str] = {sign: word for word, sign in GREEK.items()} | {"ϵ": "epsilon", "µ": "mu"}


def parts_of(name: str) -> tuple[str, str, str, int]:
    """Split a typed name into letter, accent, fixed subscript and number of primes.

    >>> parts_of("x_hat_f'")
    ('x', 'hat', 'f', 1)
    """
    primes = len(name) - len(name.rstrip("'"))
    pieces = name.rstrip("'").split("_")
    accent = ""
    if len(pieces) > 1 and pieces[1] in ACCENTS:
        accent = pieces.pop(1)
    return pieces[0], accent, "_".join(pieces[1:]), primes
