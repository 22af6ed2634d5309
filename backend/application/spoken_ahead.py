"""What callers will hear, spoken before anybody has to wait for a voice."""

from backend.application.built_in import BUILT_IN
from backend.application.destinations import TEXTS
from backend.application.settings import Settings
from backend.application.softphone import CHECK
from backend.application.voicemail import TEXTS as VOICEMAIL_TEXTS
from backend.domain.ivr.dictation import TEXTS as DICTATION_TEXTS
from backend.domain.ivr.flow import usual_words
from backend.domain.voice.handsets import CONTINUE, OWN_CALL, SHIFT, invitation
from backend.domain.voice.waiting_words import key_texts, usual_texts

FALLBACK_TEXT = (
    "Omlouváme se, kontaktní centrum je dočasně mimo provoz. Zavolejte nám prosím za několik minut. Na shledanou."
)
POSITIONS_READY = 12
"""Announcements of the first places are spoken ahead."""


def texts_ahead(settings: Settings) -> list[str]:
    texts = [FALLBACK_TEXT, *TEXTS, *VOICEMAIL_TEXTS, *DICTATION_TEXTS, *usual_texts(POSITIONS_READY)]
    texts += [words for queue in settings.queues.values() for words in queue.options.texts()]
    texts += [words for queue in settings.queues.values() for words in key_texts(queue.options.exit_keys)]
    flows = [*settings.flows.values(), *BUILT_IN.values()]
    texts += [words for flow in flows for words in usual_words(flow)]
    texts += [CHECK, CONTINUE, OWN_CALL, SHIFT, invitation(None)]
    texts += [invitation(q.name) for q in settings.queues.values()]
    texts += [settings.calls.recording_notice]
    texts += [notice.text for notice in settings.notices.values() if notice.prompt is None]
    return [words for words in texts if words]
