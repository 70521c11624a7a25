"""The library's weights, loaded when this module is: 0.5 s and 60 MB, once a process.

A child that meets neither Urdu, Pashto nor English loads them, no other. The file ships in the
package and holds arrays alone: it is read with numpy's ``allow_pickle=False``.
"""

from __future__ import annotations

from py3langid.langid import MODEL_FILE, LanguageIdentifier

LANGUAGES = (
    *("am", "ar", "az", "bg", "bn", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr"),
    *("gu", "he", "hi", "hr", "hu", "hy", "id", "it", "ja", "ka", "kk", "km", "kn", "ko", "ku"),
    *("ky", "lt", "lv", "mk", "ml", "mn", "mr", "ms", "my", "ne", "nl", "no", "pa", "pl", "ps"),
    *("pt", "ro", "ru", "sdh", "si", "sk", "sl", "so", "sq", "sr", "sv", "sw", "ta", "te", "tg"),
    *("th", "tk", "tr", "tt", "ug", "uk", "ur", "uz", "uzs", "vi", "zh"),
)
"""Languages of news. Of all 139, an English headline is one in twenty times another: Pidgin."""

IDENTIFIER = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
IDENTIFIER.set_languages(list(LANGUAGES))
