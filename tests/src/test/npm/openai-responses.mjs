// Responses and conversations of the openai package against Millrace: prints one JSON object of what it saw.
import OpenAI from 'openai'

const [baseURL, apiKey] = process.argv.slice(2)
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 })
const seen = {}
const model = (await client.models.list()).data[0].id
const question = { model, temperature: 0, max_output_tokens: 16, input: 'Tell me a story.' }

const whole = await client.responses.create(question)
seen.whole = whole.output_text
seen.usage = whole.usage
seen.retrieved = (await client.responses.retrieve(whole.id)).output_text
seen.input = (await client.responses.inputItems.list(whole.id)).data.map(item => item.content[0].text)

seen.events = []
seen.streamed = ''
for await (const event of await client.responses.create({ ...question, stream: true })) {
  seen.events.push(event.type)
  seen.inOrder = (seen.inOrder ?? true) && event.sequence_number === seen.events.length - 1
  if (event.type === 'response.output_text.delta') seen.streamed += event.delta
  if (event.type === 'response.completed' || event.type === 'response.incomplete') seen.last = event.response.output[0].content[0].text
}
seen.helper = (await client.responses.stream(question).finalResponse()).output_text

const next = await client.responses.create({ ...question, input: 'Go on.', previous_response_id: whole.id })
seen.next = { previous: next.previous_response_id === whole.id, more: next.usage.input_tokens > whole.usage.input_tokens }

const conversation = await client.conversations.create({ metadata: { topic: 'mills' }, items: [{ type: 'message', role: 'user', content: 'Hello!' }] })
const turn = await client.responses.create({ ...question, conversation: conversation.id })
seen.conversation = { same: turn.conversation.id === conversation.id, topic: conversation.metadata.topic }
seen.items = []
for await (const item of client.conversations.items.list(conversation.id, { order: 'asc', limit: 1 })) seen.items.push(item.role)
seen.updated = (await client.conversations.update(conversation.id, { metadata: { topic: 'water' } })).metadata.topic
seen.deleted = (await client.conversations.delete(conversation.id)).deleted

const error = async call => {
  try {
    await call()
    return null
  } catch (e) {
    return { name: e.constructor.name, status: e.status, code: e.code, param: e.param }
  }
}
seen.gone = await error(() => client.conversations.retrieve(conversation.id))
seen.goneWithIt = await error(() => client.responses.retrieve(turn.id))
await client.responses.delete(whole.id)
seen.deletedResponse = await error(() => client.responses.retrieve(whole.id))
seen.unsupported = await error(() => client.responses.create({ ...question, tools: [{ type: 'web_search' }] }))
seen.cancelled = await error(() => client.responses.cancel(next.id))
seen.unstored = await error(async () => client.responses.retrieve((await client.responses.create({ ...question, store: false })).id))
console.log(JSON.stringify(seen))
