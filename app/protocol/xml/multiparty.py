"""MultiPartyCall, which has more attributes than all other elements need.

Plivo's SDKs check most of them, in any capitals.
"""

from app.protocol.xml.model import Attribute, ElementSpec
from app.protocol.xml.patterns import Options, Several, Url
from app.protocol.xml.shared import AUDIO, BOOLEAN, NAME, STREAM_HEADERS, URL
from app.protocol.xml.values import Integer

_METHOD = Options(("GET", "POST"), any_case=True)
_SOUND = Url(also=("beep:1", "beep:2", "none"), any_case=True)


def _fetched(name: str, method: str, says: str, default_method: str | None = "GET") -> tuple[Attribute, Attribute]:
    return (Attribute(name, URL, says), Attribute(method, _METHOD, f"How {name} is requested.", default_method))


MULTI_PARTY_CALL = ElementSpec(
    "MultiPartyCall",
    "Puts the caller into the multi-party call of this name, in a role.",
    text=NAME,
    attributes=(
        Attribute(
            "role",
            Options(("agent", "supervisor", "customer", "ai-agent"), any_case=True),
            "What the caller is in the call.",
            required=True,
        ),
        Attribute("maxDuration", Integer(300, 28_800), "Seconds that the call may last.", "14400"),
        Attribute("maxParticipants", Integer(2, 10), "The most participants.", "10"),
        Attribute("waitForAgent", BOOLEAN, "The call begins when an agent joins.", "false"),
        Attribute("waitTime", Integer(0, 1800), "Seconds that it may take to begin."),
        *_fetched("waitMusicUrl", "waitMusicMethod", "Answers with XML that is heard until the call begins."),
        *_fetched("agentHoldMusicUrl", "agentHoldMusicMethod", "Answers with XML that agents on hold hear."),
        *_fetched("customerHoldMusicUrl", "customerHoldMusicMethod", "Answers with XML that customers on hold hear."),
        Attribute("record", BOOLEAN, "Record the call.", "false"),
        Attribute("recordFileFormat", Options(("mp3", "wav"), any_case=True), "The format of the file.", "mp3"),
        Attribute("recordMinMemberCount", Integer(1, 2), "Participants with whom the recording begins.", "1"),
        Attribute("recordParticipantTrack", BOOLEAN, "Record this participant apart.", "false"),
        Attribute("recordCoachVoice", BOOLEAN, "The recording holds what a coaching supervisor says."),
        *_fetched("recordingCallbackUrl", "recordingCallbackMethod", "Gets the URL of the recording.", None),
        *_fetched(
            "startRecordingAudio",
            "startRecordingAudioMethod",
            "Answers with XML that is heard when a recording begins.",
        ),
        *_fetched("stopRecordingAudio", "stopRecordingAudioMethod", "Answers with XML that is heard when one stops."),
        Attribute("transcript", BOOLEAN, "Have the recording transcribed.", "false"),
        Attribute("transcriptionUrl", URL, "Gets the transcription."),
        Attribute(
            "statusCallbackEvents",
            Several(
                (
                    "mpc-state-changes",
                    "participant-state-changes",
                    "participant-speak-events",
                    "participant-digit-input-events",
                    "participant-audio-events",
                    "add-participant-api-events",
                )
            ),
            "What statusCallbackUrl gets.",
            "mpc-state-changes,participant-state-changes",
        ),
        *_fetched("statusCallbackUrl", "statusCallbackMethod", "Gets what happens in the call.", "POST"),
        Attribute("stayAlone", BOOLEAN, "The last participant stays.", "false"),
        Attribute("coachMode", BOOLEAN, "Only agents hear this supervisor.", "true"),
        Attribute("mute", BOOLEAN, "Join muted.", "false"),
        Attribute("hold", BOOLEAN, "Join on hold.", "false"),
        Attribute("startMpcOnEnter", BOOLEAN, "The call begins when this participant joins.", "true"),
        Attribute("endMpcOnExit", BOOLEAN, "The call ends when this participant leaves.", "false"),
        Attribute("enterSound", _SOUND, "Heard when a participant joins.", "beep:1"),
        Attribute("enterSoundMethod", _METHOD, "How enterSound is requested.", "GET"),
        Attribute("exitSound", _SOUND, "Heard when a participant leaves.", "beep:2"),
        Attribute("exitSoundMethod", _METHOD, "How exitSound is requested.", "GET"),
        *_fetched("onExitActionUrl", "onExitActionMethod", "Answers with XML when this participant leaves.", "POST"),
        Attribute(
            "relayDTMFInputs",
            BOOLEAN,
            "The others hear the keys that this participant presses.",
            "false",
            aliases=("relayDtmfInputs",),
        ),
        Attribute("aiAgentStreamServiceUrl", Url("wss"), "The WebSocket of an AI agent."),
        Attribute("aiAgentStreamContentType", AUDIO, "Codec and sampling rate of the stream."),
        *_fetched(
            "aiAgentStreamStatusCallbackUrl",
            "aiAgentStreamStatusCallbackMethod",
            "Gets what happens to the stream.",
            None,
        ),
        Attribute("aiAgentStreamExtraHeaders", STREAM_HEADERS, "What the WebSocket is told at the start."),
    ),
)
