// Goes through the life of every resource that Plivo's Node SDK knows; what is called is reported by `watched.mjs`.
//
// Arguments: where Plivo is, the auth id, the auth token, a picture to upload.

import * as account from "./lives/account.mjs";
import * as compliance from "./lives/compliance.mjs";
import * as messaging from "./lives/messaging.mjs";
import * as voice from "./lives/voice.mjs";
import { finish, resources } from "./watched.mjs";

for (const lives of [account, messaging, voice, compliance]) {
  for (const life of Object.values(lives)) {
    await life(resources);
  }
}
finish();
