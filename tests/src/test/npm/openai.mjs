// The openai package against Millrace: prints one JSON object of what it saw.
import OpenAI from 'openai'

const [baseURL, apiKey] = process.argv.slice(2)
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 })
const seen = {}

seen.models = (await client.models.list()).data.map(model => model.id)
const question = { model: seen.models[0], temperature: 0, max_tokens: 24, messages: [{ role: 'user', content: 'Tell me a story.' }] }

const whole = await client.chat.completions.create(question)
seen.whole = whole.choices[0].message.content
seen.completionTokens = whole.usage.completion_tokens

seen.streamed = ''
for await (const chunk of await client.chat.completions.create({ ...question, stream: true, stream_options: { include_usage: true } })) {
  seen.streamed += chunk.choices[0]?.delta?.content ?? ''
  seen.finish = chunk.choices[0]?.finish_reason ?? seen.finish
  seen.streamedTokens = chunk.usage?.completion_tokens ?? seen.streamedTokens
}

const error = async call => {
  try {
    await call()
    return null
  } catch (e) {
    return { name: e.constructor.name, status: e.status, code: e.code, param: e.param }
  }
}
seen.badKey = await error(() => new OpenAI({ baseURL, apiKey: 'mr-wrong', maxRetries: 0 }).models.list())
seen.unknownModel = await error(() => client.chat.completions.create({ ...question, model: 'no-such-model' }))
seen.badValue = await error(() => client.chat.completions.create({ ...question, temperature: 9 }))

const endless = await client.chat.completions.create({ ...question, max_tokens: 1500, stream: true })
for await (const chunk of endless) {
  if (chunk.choices[0]?.delta?.content) break   // leaving the loop aborts the request
}
console.log(JSON.stringify(seen))
