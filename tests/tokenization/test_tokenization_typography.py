"""French and Hindi as they are printed, and the plain marks that networks learn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtool.tokenization.typography import french_typography, hindi_typography, plain_typography, typography

# Texts of everything that the rules look at; ~ is the narrow no-break space, for eyes.
MARKS = st.text(st.sampled_from("a5 \n«»\"'’“”;:!?().,%/@\u00a0\u202f~"), max_size=40)

FRENCH = [
    ("Comment allez-vous ?", "Comment allez-vous~?"),
    ("Ah ! ce n'est pas ainsi ; si ?!", "Ah~! ce n'est pas ainsi~; si~?!"),
    ("Mon Dieu! dit-il, votre vengeance...", "Mon Dieu~! dit-il, votre vengeance..."),
    ("Phase 3: Élargir", "Phase 3~: Élargir"),
    ("Note\u00a0: voir la page 5.", "Note~: voir la page 5."),
    ("l'utilisation du champ « provides » dans woody", "l'utilisation du champ «~provides~» dans woody"),
    ("«Bonjour», dit-elle.", "«~Bonjour~», dit-elle."),
    ('"Bonjour !", dit-elle.', "«~Bonjour~!~», dit-elle."),
    ("“Bonjour”, dit-elle (“tout bas”).", "«~Bonjour~», dit-elle («~tout bas~»)."),
    ("Il a dit\u202f: « Elle répond “non” ».", 'Il a dit~: «~Elle répond "non"~».'),
    ("(Vraiment ?) Quoi… ? Quoi...?", "(Vraiment~?) Quoi…~? Quoi...~?"),
    ("Quoi ? !", "Quoi~?~!"),
    ("L’île d’Oléron", "L'île d'Oléron"),
    ("50 % : oui", "50 %~: oui"),
]
# What is left as it is: addresses, times of day, faces, ratios, entities, code, inches, what is not at a word's end.
UNTOUCHED = [
    "Voir https://example.org/a?b=c;d: et http://example.org/?",
    "Écrivez à jean:luc@example.org?",
    "www.example.org?",
    "Rendez-vous à 10:30, au format 16:9.",
    "Salut :) à demain ;-) :D :( ;)",
    "Tom &amp; Jerry&nbsp;",
    "std::vector et a=b; ou {x}? fin",
    'un écran de 15" ou de 17"',
    'le lien href="page" suit',
    "un :grin: et :D",
    '=SEMAINES("10/01/2022","15/01/2022",1) renvoie 0',
    "Il dit",
    "",
    " ",
    "?",
    "a\n? b",
]


@pytest.mark.parametrize(("text", "printed"), FRENCH)
def test_french_spaces_and_quotes(text: str, printed: str) -> None:
    assert french_typography(text) == printed.replace("~", "\u202f")


@pytest.mark.parametrize("text", UNTOUCHED)
def test_french_leaves_alone_what_is_no_sentence(text: str) -> None:
    assert french_typography(text) == text


@given(MARKS)
def test_printed_french_stays_and_comes_back_from_its_plain_form(text: str) -> None:
    printed = french_typography(text)
    assert french_typography(printed) == printed
    assert french_typography(plain_typography(printed)) == printed


@given(MARKS)
def test_french_changes_blanks_and_quotes_alone(text: str) -> None:
    def rest(text: str) -> str:
        return "".join(sign for sign in plain_typography(text) if sign not in '«»" ')

    assert rest(french_typography(text)) == rest(text)


@given(st.text())
def test_plain_marks_stand_at_the_same_offsets(text: str) -> None:
    plain = plain_typography(text)
    assert len(plain) == len(text) and plain_typography(plain) == plain
    assert all(a == b or not a.isalnum() or a == "ʼ" for a, b in zip(text, plain))


def test_plain_blanks_quotes_apostrophes_hyphens() -> None:
    text = "d’aujourd‘hui “oui„ a\u00a0\u2009\u202f\u3000b c\u2011d\u2010e — …"
    assert plain_typography(text) == "d'aujourd'hui \"oui\" a    b c-d-e — …"
    assert plain_typography("«\u202foui\u202f» \t\n") == "« oui » \t\n"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("यह मेरा घर है.", "यह मेरा घर है।"),
        ("वह आया. वह गया.", "वह आया। वह गया।"),
        ("डॉ. शर्मा और प्रो. वर्मा आए।", "डॉ. शर्मा और प्रो. वर्मा आए।"),
        ("रु. ५०० या 500.", "रु. 500 या 500."),
        ("एम. के. गांधी", "एम. के. गांधी"),
        ("“ठीक है.”", '"ठीक है।"'),
        ("फ़ाइल.txt और Google.", "फ़ाइल.txt और Google."),
        ("ठीक है...", "ठीक है..."),
    ],
)
def test_hindi_stops_and_digits(text: str, printed: str) -> None:
    assert hindi_typography(text) == printed
    assert hindi_typography(printed) == printed


def test_a_language_has_its_own_marks() -> None:
    assert typography("Vraiment ?", "fr") == "Vraiment\u202f?"
    assert typography("यह है.", "hi") == "यह है।"
    assert typography("Really\u00a0?", "en") == "Really ?"
