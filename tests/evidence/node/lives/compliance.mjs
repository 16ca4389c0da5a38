// What proves who somebody is.

import { gone, reply, wait } from "../watched.mjs";

const OURS = "14155550100";
const file = process.argv[5];

export async function compliance(client) {
  const { endUsers, complianceDocumentTypes, complianceRequirements } = client;
  const { complianceDocuments, complianceApplications } = client;
  const { endUserId } = await endUsers.create({ name: "Ada", endUserType: "individual" });
  await endUsers.update(endUserId, { lastName: "Byron" });
  await endUsers.get(endUserId);
  await endUsers.list({ limit: 5 });
  const types = await complianceDocumentTypes.list();
  const documentTypeId = types.objects?.[0]?.documentTypeId;
  await complianceDocumentTypes.get(documentTypeId);
  const where = { countryIso2: "FR", numberType: "local", endUserType: "individual" };
  const listed = await complianceRequirements.list(where);
  const complianceRequirementId = listed.complianceRequirementId;
  await complianceRequirements.get(complianceRequirementId);
  const paper = { endUserId, documentTypeId, alias: "p", file, firstName: "Ada", lastName: "Byron" };
  const { documentId } = await complianceDocuments.create(paper);
  await complianceDocuments.update(documentId, { alias: "q" });
  await complianceDocuments.get(documentId);
  await complianceDocuments.list({ limit: 5 });
  const wanted = { ...where, complianceRequirementId, endUserId, documentIds: [documentId], alias: "Ada" };
  const { complianceApplicationId } = await complianceApplications.create(wanted);
  await complianceApplications.update(complianceApplicationId, { documentIds: [documentId] });
  await complianceApplications.get(complianceApplicationId);
  await complianceApplications.list({ limit: 5 });
  await complianceApplications.submit(complianceApplicationId);
  await complianceApplications.delete(complianceApplicationId);
  await gone("complianceApplications", complianceApplicationId);
  await complianceDocuments.delete(documentId);
  await gone("complianceDocuments", documentId);
  await endUsers.delete(endUserId);
  await gone("endUsers", endUserId);
}

export async function numberCompliance(client) {
  const { phoneNumberCompliance, phoneNumberComplianceRequirements, phoneNumberComplianceLink } = client;
  const asked = { countryIso: "IN", numberType: "local", userType: "business" };
  await phoneNumberComplianceRequirements.get(asked);
  const data = { country_iso: "IN", number_type: "local", user_type: "business", alias: "one", documents: [] };
  const { complianceId } = await phoneNumberCompliance.create({ data });
  await wait(3); // one that is being looked at cannot be changed
  await phoneNumberCompliance.update(complianceId, { data: { alias: "two" } });
  await phoneNumberCompliance.get(complianceId, { expand: "documents" });
  await phoneNumberCompliance.list({ limit: 5 });
  await phoneNumberComplianceLink.link({ numbers: [{ number: `+${OURS}`, compliance_application_id: complianceId }] });
  await phoneNumberCompliance.delete(complianceId);
  await gone("phoneNumberCompliance", complianceId);
}

export async function verification({ verify_session: sessions, verify: callerIds, maskingSession: masking }) {
  const { sessionUuid } = await sessions.create({ recipient: "14155550177", channel: "sms" });
  await sessions.get(sessionUuid);
  const { otp } = reply();
  await sessions.list({ limit: 5 });
  await sessions.validate({ id: sessionUuid, otp });
  const { verificationUuid } = await callerIds.initiate("+14155550177", { alias: "desk" });
  await callerIds.verify(verificationUuid, "0177");
  await callerIds.updateVerifiedCallerId("14155550177", { alias: "hall" });
  await callerIds.getVerifiedCallerId("14155550177");
  await callerIds.listVerifiedCallerId({ limit: 5 });
  await callerIds.deleteVerifiedCallerId("14155550177");
  const short = { sessionExpiry: 600 };
  const { sessionUuid: masked } = await masking.createMaskingSession("14155550178", "14155550179", short);
  await masking.updateMaskingSession(masked, { sessionExpiry: 1200 });
  await masking.getMaskingSession(masked);
  await masking.listMaskingSession({ limit: 5 });
  await masking.deleteMaskingSession(masked);
}
