// The openai package against Millrace: prints one JSON object of what it saw.
import OpenAI from 'openai'

const [baseURL, apiKey] = process.argv.slice(2)
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 })
const seen = {}

seen.models = (await client.models.list()).data.map(model => model.id)
seen.retrieved = (await client.models.retrieve(seen.models[0])).id
const question = { model: seen.models[0], temperature: 0, max_tokens: 24, messages: [{ role: 'user', content: 'Tell me a story.' }] }
const chat = async more => await client.chat.completions.create({ ...question, ...more })
const text = answer => answer.choices[0].message.content

const whole = await chat()
seen.whole = text(whole)
seen.completionTokens = whole.usage.completion_tokens
seen.requestId = whole._request_id === whole.id

seen.streamed = ''
for await (const chunk of await chat({ stream: true, stream_options: { include_usage: true } })) {
  seen.streamed += chunk.choices[0]?.delta?.content ?? ''
  seen.finish = chunk.choices[0]?.finish_reason ?? seen.finish
  seen.streamedTokens = chunk.usage?.completion_tokens ?? seen.streamedTokens
}
seen.helper = await client.chat.completions.stream(question).finalContent()

const prompt = { model: question.model, temperature: 0, max_tokens: 24, prompt: 'Once upon a time' }
seen.completion = (await client.completions.create(prompt)).choices[0].text
seen.streamedCompletion = ''
for await (const chunk of await client.completions.create({ ...prompt, stream: true })) seen.streamedCompletion += chunk.choices[0].text

const dice = { temperature: 1, seed: 7, n: 2 }
seen.dice = (await chat(dice)).choices.map(choice => choice.message.content)
seen.diceAgain = (await chat(dice)).choices.map(choice => choice.message.content)
const middle = Math.floor(seen.whole.length / 2)
const stop = seen.whole.slice(middle, middle + 2)
const stopped = await chat({ stop: [stop] })
seen.beforeStop = seen.whole.slice(0, seen.whole.indexOf(stop))
seen.stopped = text(stopped)
seen.stoppedFinish = stopped.choices[0].finish_reason
seen.logprobs = (await chat({ logprobs: true, top_logprobs: 3 })).choices[0].logprobs.content.map(token => token.top_logprobs.length)
const limited = await chat({ logit_bias: JSON.parse(process.env.ENDLESS_BIAS), max_completion_tokens: 7 })
seen.limited = { tokens: limited.usage.completion_tokens, finish: limited.choices[0].finish_reason }

const error = async call => {
  try {
    await call()
    return null
  } catch (e) {
    return { name: e.constructor.name, status: e.status, code: e.code, param: e.param }
  }
}
seen.badKey = await error(() => new OpenAI({ baseURL, apiKey: 'mr-wrong', maxRetries: 0 }).models.list())
seen.unknownModel = await error(() => chat({ model: 'no-such-model' }))
seen.badValue = await error(() => chat({ temperature: 9 }))
seen.badValueOfStream = await error(() => chat({ temperature: 9, stream: true }))
console.log(JSON.stringify(seen))
