({
  idempotencyKey: batchName.value,
  skipInvalid: true,
  args: { src: "14155550100" },
  items: table1.selectedRows.map((row) => ({ ref: String(row.id), destination: row.phone, text: messageText.value })),
})
