// Calls, conferences, multiparty calls and flows.

import { gone, phlos, step, wait, watched } from "../watched.mjs";

const ANSWER = "https://example.com/answer";
const AUDIO = "https://example.com/a.mp3";
const OURS = "14155550100";
const THEIRS = "14155550123";

export async function calls({ calls, callFeedback, recordings }) {
  const queued = await calls.create(OURS, THEIRS, ANSWER);
  await calls.listQueuedCalls();
  await calls.getQueuedCall(queued.requestUuid);
  await calls.cancel(queued.requestUuid);
  const { requestUuid: uuid } = await calls.create(OURS, [THEIRS], ANSWER, { answerMethod: "GET" });
  await wait(5);
  await calls.listLiveCalls({});
  await calls.getLiveCall(uuid);
  await calls.playMusic(uuid, AUDIO);
  await calls.stopPlayingMusic(uuid);
  await calls.speakText(uuid, "hello");
  await calls.stopSpeakingText(uuid);
  await calls.sendDigits(uuid, "12#");
  await calls.transfer(uuid, { legs: "aleg", alegUrl: ANSWER });
  const { streamId } = await calls.stream(uuid, "wss://example.com/a");
  await calls.getStream(uuid, streamId);
  await calls.getAllStream(uuid);
  await calls.stopStream(uuid, streamId);
  await calls.stopAllStream(uuid);
  const { recordingId } = await calls.record(uuid, { callbackUrl: ANSWER });
  await wait(5);
  await calls.stopRecording(uuid);
  await calls.hangup(uuid);
  await calls.get(uuid);
  await calls.list({ limit: 5 });
  await callFeedback.create(uuid, 4, ["ECHO"], "a bit");
  await recordings.list({ callUuid: uuid });
  await recordings.get(recordingId);
  await recordings.delete(recordingId);
  await gone("recordings", recordingId);
}

export async function conferences({ conferences }) {
  await conferences.list();
  const { members } = await conferences.get("sandbox");
  const member = members?.[0]?.memberId;
  await conferences.muteMember("sandbox", member);
  await conferences.unmuteMember("sandbox", member);
  await conferences.deafMember("sandbox", member);
  await conferences.undeafMember("sandbox", member);
  await conferences.playAudioToMember("sandbox", member, AUDIO);
  await conferences.stopPlayingAudioToMember("sandbox", member);
  await conferences.speakTextToMember("sandbox", member, "hello");
  await conferences.stopSpeakingTextToMember("sandbox", member);
  await conferences.record("sandbox");
  await conferences.stopRecording("sandbox");
  await conferences.startRecording("sandbox");
  await conferences.kickMember("sandbox", member);
  const left = await conferences.get("sandbox");
  await conferences.hangupMember("sandbox", left.members?.[0]?.memberId);
  await conferences.hangup("sandbox");
  await conferences.hangupAll();
}

export async function multiPartyCalls({ multiPartyCalls }) {
  const room = () => ({ friendlyName: "room" });
  await multiPartyCalls.makeMpcId(null, "room");
  await multiPartyCalls.addParticipant("Agent", { ...room(), from: OURS, to: `${THEIRS}<14155550124` });
  await wait(5);
  await multiPartyCalls.start({ ...room(), status: "active" });
  await multiPartyCalls.get(room());
  await multiPartyCalls.list({ friendlyName: "room" });
  await multiPartyCalls.listParticipants(room());
  await multiPartyCalls.updateParticipant("1", { ...room(), mute: true, hold: true });
  await multiPartyCalls.getParticipant("1", room());
  await multiPartyCalls.startRecording(room());
  await multiPartyCalls.pauseRecording(room());
  await multiPartyCalls.resumeRecording(room());
  await multiPartyCalls.stopRecording(room());
  await multiPartyCalls.startParticipantRecording("1", room());
  await multiPartyCalls.pauseParticipantRecording("1", room());
  await multiPartyCalls.resumeParticipantRecording("1", room());
  await multiPartyCalls.stopParticipantRecording("1", room());
  await multiPartyCalls.startPlayAudio("1", AUDIO, room());
  await multiPartyCalls.stopPlayAudio("1", room());
  await multiPartyCalls.kickParticipant("1", room());
  await multiPartyCalls.stop(room());
}

export async function flows() {
  const phloId = "a3c5e7f1-2b4d-4a6c-8e0f-1d3b5a7c9e02";
  const nodeId = "6f8d1b3a-5c7e-4f90-a1b2-c3d4e5f60718";
  await step("phlos.get", () => phlos.phlo.get(phloId));
  const flow = watched("phlo", phlos.phlo(phloId));
  await flow.run({ name: "Ada" });
  await step("phloMultiPartyCalls.get", () => flow.multiPartyCall.get(nodeId));
  const node = flow.multiPartyCall(nodeId);
  const call = watched("phloMultiPartyCall", node);
  await call.call(OURS, THEIRS, "agent");
  await call.warmTransfer(OURS, "14155550124", "agent");
  await call.coldTransfer(OURS, "14155550124", "agent");
  await call.abortTransfer(THEIRS);
  const member = watched("phloMember", node.member(THEIRS));
  await member.hold();
  await member.unhold();
  await member.voicemailDrop();
  await member.resumeCall();
  await member.hangup();
}
