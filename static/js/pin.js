// The PIN pad: six boxes over the field and large keys; without this file the fields are plain.
const LENGTH = 6

function ready(form) {
  const fields = [...form.querySelectorAll('[data-pin-field] input')]
  const keys = form.querySelector('[data-pin-keys]')
  form.dataset.pinReady = ''
  keys.hidden = false
  form.querySelector('[data-pin-submit]').hidden = fields.length === 1
  let current = fields.find((field) => field.closest('.pin-field').querySelector('.error')) ?? fields[0]

  for (const field of fields) {
    field.inputMode = 'none' // our keys, not the tablet's
    field.parentElement.querySelector('.pins').hidden = false
    field.addEventListener('focus', () => { current = field; draw() })
    field.addEventListener('input', () => { keep(field); typed(field) })
  }

  keys.addEventListener('click', (event) => {
    const key = event.target.closest('button')?.value
    if (!key) return
    if (key === 'clear') current.value = ''
    else if (key === 'back') current.value = current.value.slice(0, -1)
    else current.value = (current.value + key).slice(0, LENGTH)
    typed(current)
  })

  function keep(field) {
    field.value = field.value.replace(/\D/g, '').slice(0, LENGTH)
  }

  function typed(field) {
    draw()
    if (field.value.length < LENGTH) return
    const next = fields[fields.indexOf(field) + 1]
    if (next) next.focus()
    else if (fields.every((each) => each.value.length === LENGTH)) form.requestSubmit()
  }

  function draw() {
    for (const field of fields) {
      const boxes = field.parentElement.querySelectorAll('.pins i')
      boxes.forEach((box, n) => {
        box.className = n < field.value.length ? 'on' : field === current && n === field.value.length ? 'next' : ''
      })
    }
  }

  current.focus({ preventScroll: true })
  draw()
}

document.querySelectorAll('form[data-pin]').forEach(ready)

// While the office decides, ask again by itself.
const again = document.querySelector('a[data-reload]')
if (again) setTimeout(() => location.replace(again.href), Number(again.dataset.reload) * 1000)
