// Changing the user's picture. It is cropped to a square here, so that a photo of any size can be used.

import { toast } from './dom.js';

const SIZE = 256; // px

export function pictureButton(button, input, onChanged) {
  button.addEventListener('click', () => input.click());
  input.addEventListener('change', async () => {
    const [file] = input.files;
    input.value = '';
    if (!file) return;
    try {
      onChanged(await upload(await square(file)));
    } catch (error) {
      toast(error.message);
    }
  });
}

export function csrf() {
  return document.querySelector('meta[name=csrf-token]').content;
}

async function square(file) {
  let image;
  try {
    image = await createImageBitmap(file);
  } catch {
    throw new Error('That is not a picture that this browser can read.');
  }
  const side = Math.min(image.width, image.height);
  const canvas = Object.assign(document.createElement('canvas'), { width: SIZE, height: SIZE });
  canvas.getContext('2d').drawImage(image, (image.width - side) / 2, (image.height - side) / 2, side, side, 0, 0, SIZE, SIZE);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}

async function upload(blob) {
  const body = new FormData();
  body.append('avatar', blob, 'avatar.png');
  const response = await fetch('/avatar', { method: 'POST', body, headers: { 'X-CSRF-TOKEN': csrf(), Accept: 'application/json' } });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message ?? 'The picture was not accepted.');
  return answer;
}
