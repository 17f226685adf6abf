{{-- Drawn once, used everywhere: <svg class="icon"><use href="#icon-name"/></svg> --}}
<svg hidden xmlns="http://www.w3.org/2000/svg">
  <symbol id="icon-send" viewBox="0 0 24 24"><path fill="currentColor" d="M3.4 20.4 21.2 12.7a.8.8 0 0 0 0-1.4L3.4 3.6a.7.7 0 0 0-1 .8L4.6 11l8.4 1-8.4 1-2.2 6.6a.7.7 0 0 0 1 .8Z"/></symbol>
  <symbol id="icon-menu" viewBox="0 0 24 24"><path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" d="M4 7h16M4 12h16M4 17h10"/></symbol>
  <symbol id="icon-close" viewBox="0 0 24 24"><path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" d="m6 6 12 12M18 6 6 18"/></symbol>
  <symbol id="icon-plus" viewBox="0 0 24 24"><path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" d="M12 5v14M5 12h14"/></symbol>
  <symbol id="icon-leave" viewBox="0 0 24 24"><path fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" d="M14 4H7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7M10 12h10m0 0-3.5-3.5M20 12l-3.5 3.5"/></symbol>
  <symbol id="icon-horn" viewBox="0 0 24 24"><path fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" d="M4 10v4h3l9 5V5l-9 5H4Zm3 4 1.5 6H11M19.5 9.5a4 4 0 0 1 0 5"/></symbol>
  <symbol id="icon-window" viewBox="0 0 24 24"><path fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" d="M9 6H6a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-3M13 4h7v7M20 4l-9 9"/></symbol>
  <symbol id="icon-theme" viewBox="0 0 24 24"><circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" stroke-width="1.9"/><path fill="currentColor" d="M12 4a8 8 0 0 1 0 16Z"/></symbol>
  <symbol id="icon-camera" viewBox="0 0 24 24"><path fill="none" stroke="currentColor" stroke-width="1.9" stroke-linejoin="round" d="M4 8h3.5L9 5.5h6L16.5 8H20v11H4Z"/><circle cx="12" cy="13" r="3.4" fill="none" stroke="currentColor" stroke-width="1.9"/></symbol>
  <symbol id="icon-down" viewBox="0 0 24 24"><path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" d="M12 5v14m0 0-6-6m6 6 6-6"/></symbol>
  <symbol id="icon-clock" viewBox="0 0 24 24"><circle cx="12" cy="12" r="8.5" fill="none" stroke="currentColor" stroke-width="2"/><path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" d="M12 7.5V12l3 2"/></symbol>
  <symbol id="icon-logo" viewBox="0 0 40 40">
    <path fill="var(--logo-a, #0d9488)" d="M6 5h19a5 5 0 0 1 5 5v8a5 5 0 0 1-5 5H14l-7 6v-6.3A5 5 0 0 1 1 18v-8a5 5 0 0 1 5-5Z"/>
    <path fill="var(--logo-b, #f97360)" fill-opacity=".92" d="M17 14h17a5 5 0 0 1 5 5v7a5 5 0 0 1-4 4.9V37l-7-6H17a5 5 0 0 1-5-5v-7a5 5 0 0 1 5-5Z"/>
    <path fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" d="M18.5 20.5h13m0 0-2.8-2.8M31.5 25.5h-13m0 0 2.8 2.8"/>
  </symbol>
</svg>
