// Messages, and what entitles to send them.

import { gone, wait, watched } from "../watched.mjs";

const OURS = "14155550100";
const THEIRS = "14155550123";
const file = process.argv[5];

export async function messages({ messages, media, powerpacks }) {
  await messages.send(OURS, THEIRS, "hi", {});
  const { messageUuid } = await messages.create({ src: OURS, dst: [THEIRS, "14155550124"].join("<"), text: "hi" });
  await messages.get(messageUuid?.[0]);
  await wait(5);
  await messages.get(messageUuid?.[0]);
  await messages.list({ limit: 5, messageState: "delivered" });
  const uploaded = await media.upload([file]);
  const mediaId = uploaded.objects?.[0]?.mediaId;
  await media.get(mediaId);
  await media.list({ limit: 5 });
  const picture = await messages.create(OURS, THEIRS, "menu", { type: "mms", mediaIds: [mediaId] });
  await messages.listMedia(picture.messageUuid?.[0]);
  const { uuid } = await powerpacks.create("news");
  await messages.create({ powerpackUUID: uuid, dst: THEIRS, text: "hi" });
  await powerpacks.update(uuid, { name: "other" });
  await powerpacks.list({ limit: 5 });
  await ofPowerpack(watched("powerpack", await powerpacks.get(uuid)));
  await gone("powerpacks", uuid);
}

async function ofPowerpack(powerpack) {
  await powerpack.add_number(OURS);
  await powerpack.buy_add_number({ number: "14155550199" });
  await powerpack.search_query({});
  await powerpack.count_numbers({});
  await powerpack.list_numbers({});
  await powerpack.find_number("14155550199");
  await powerpack.remove_number("14155550199", true);
  await powerpack.add_tollfree("18005550100");
  await powerpack.find_tollfree("18005550100");
  await powerpack.list_tollfree();
  await powerpack.remove_tollfree("18005550100");
  await powerpack.list_shortcodes();
  await powerpack.find_shortcode("444444");
  await powerpack.remove_shortcode("444444");
  await powerpack.update({ name: "third" });
  await powerpack.delete(false);
}

export async function registrations({ profile, brand, campaign, tollfreeVerification }) {
  const address = { street: "1 Main St", city: "Austin", state: "TX", postal_code: "78701", country: "US" };
  const contact = { first_name: "Ada", last_name: "Byron", phone: THEIRS, email: "ada@example.com", title: "CEO" };
  const company = ["DIRECT", "PRIVATE", "Corner Shop", "12-3456789", "RETAIL", "US", "", "", "NONE"];
  const made = await profile.create("shop", "", ...company, "https://example.com", address, contact, "", "");
  const { profileUuid } = made;
  await profile.update(profileUuid, { website: "https://example.org" });
  await profile.get(profileUuid);
  await profile.list({ limit: 5 });
  const { brand_id: brandId } = await brand.create("corner", profileUuid, "STANDARD", false);
  await wait(3);
  await brand.get(brandId);
  await brand.list({ limit: 5 });
  await brand.get_usecases(brandId);
  await brand.trigger_otp(brandId);
  const flags = [false, false, false, false, true, true, true, false];
  const samples = ["sample of a message one", "sample of a message two", "", "", ""];
  const texts = ["they ask for it on our site", "reply STOP to end", "you hear no more from us", "", ""];
  const about = ["news", "RETAIL", "MIXED", ["CUSTOMER_CARE", "2FA"], "news of the shop on the corner"];
  const { campaignId } = await campaign.create(brandId, ...about, ...flags, ...samples, ...texts);
  await wait(3);
  await campaign.get(campaignId);
  await campaign.list({ limit: 5 });
  await campaign.update(campaignId, "", "other news of the shop on the corner");
  await campaign.import_campaign("CIMPORT", "theirs");
  await campaign.linkNumber(campaignId, [OURS]);
  await wait(3);
  await campaign.listNumber(campaignId, {});
  await campaign.getNumber(campaignId, OURS);
  await campaign.unlinkNumber(campaignId, OURS);
  await campaign.deleteCampaign(campaignId);
  await gone("campaign", campaignId);
  await brand.deleteBrand(brandId);
  await gone("brand", brandId);
  const wanted = { profileUuid, usecase: "2FA", number: "18005550100", volume: "10,000", usecaseSummary: "codes" };
  const proof = { messageSample: "your code is 1", optinImageUrl: "https://example.com/o.png", optinType: "VERBAL" };
  const { uuid } = await tollfreeVerification.create({ ...wanted, ...proof });
  await tollfreeVerification.update(uuid, { extraData: "x" });
  await tollfreeVerification.get(uuid);
  await tollfreeVerification.list({ limit: 5 });
  await tollfreeVerification.delete(uuid);
  await gone("tollfreeVerification", uuid);
  await profile.delete(profileUuid);
  await gone("profile", profileUuid);
}

export async function hosted({ loa, hostedMessagingNumber }) {
  const { loaId } = await loa.create({ alias: "letter", file });
  await loa.get(loaId);
  await loa.list({ alias: "letter" });
  const wanted = { alias: "theirs", loaId, number: "14155550188", applicationId: "1" };
  const { hostedMessagingNumberId, hostedStatus } = await hostedMessagingNumber.create(wanted);
  await hostedMessagingNumber.get(hostedMessagingNumberId);
  await hostedMessagingNumber.list({ alias: "theirs", loaId, number: "14155550188", hostedStatus });
  await loa.delete(loaId);
  await gone("loa", loaId);
}
