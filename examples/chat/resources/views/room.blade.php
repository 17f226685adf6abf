@extends('layouts.page')

@section('title', $room->name)
@section('page', 'chat')
@section('script', 'chat.js')

@section('content')
<script type="application/json" id="page">{!! json_encode($page, JSON_HEX_TAG | JSON_HEX_AMP | JSON_THROW_ON_ERROR) !!}</script>

<aside class="side" id="side" aria-label="Rooms and people">
  <a class="brand" href="/"><svg class="logo" aria-hidden="true"><use href="#icon-logo"/></svg><b>{{ config('app.name') }}</b></a>

  <section>
    <h2>Rooms <button type="button" class="round small" id="new-room" aria-label="New room" title="New room"><svg class="icon"><use href="#icon-plus"/></svg></button></h2>
    <form id="room-form" class="room-form" method="post" action="{{ route('rooms.store') }}" hidden>
      @csrf
      <input name="name" required maxlength="30" pattern=".*[A-Za-z0-9].*" placeholder="Name of the room" aria-label="Name of the room" autocomplete="off">
    </form>
    <nav class="rooms">
      @foreach ($rooms as $other)
      <a href="{{ route('rooms.show', $other, absolute: false) }}" data-room="{{ $other->slug }}" @if ($other->is($room)) aria-current="page" @endif><i>#</i><span>{{ $other->name }}</span><b class="unread" hidden></b></a>
      @endforeach
    </nav>
  </section>

  <section class="grow">
    <h2>Here now <span class="count" id="present-count"></span></h2>
    <ul class="people" id="present"></ul>
  </section>

  <a class="second" id="second" target="_blank" hidden><svg class="icon"><use href="#icon-window"/></svg><span>Open a window as somebody else</span></a>

  <footer class="me">
    <button type="button" class="me-avatar" id="me-avatar" title="Change your picture" aria-label="Change your picture"></button>
    <div class="me-name"><b>{{ $page['me']['name'] }}</b><span id="me-state">&nbsp;</span></div>
    <button type="button" class="round" id="theme" aria-label="Light or dark" title="Light or dark"><svg class="icon"><use href="#icon-theme"/></svg></button>
    <form method="post" action="{{ route('logout') }}" id="logout">@csrf<button class="round" aria-label="Log out" title="Log out"><svg class="icon"><use href="#icon-leave"/></svg></button></form>
    <input type="file" id="avatar-file" accept="image/png,image/jpeg,image/webp" hidden>
  </footer>
</aside>
<button type="button" class="veil" id="veil" aria-label="Close the menu" tabindex="-1"></button>

<main class="room">
  <header class="top">
    <button type="button" class="round only-narrow" id="menu" aria-label="Rooms and people" aria-controls="side"><svg class="icon"><use href="#icon-menu"/></svg></button>
    <div class="title"><h1><i>#</i>{{ $room->name }}</h1><p>{{ $room->topic }}</p></div>
    <div class="state" id="state" data-state="connecting" role="status"><i></i><span>Connecting…</span><button type="button" hidden>Now</button></div>
    <button type="button" class="round" id="announce" aria-label="Announce to everybody" title="Announce to everybody"><svg class="icon"><use href="#icon-horn"/></svg></button>
  </header>

  <div class="banner" id="banner" role="alert" hidden></div>

  <div class="scroll" id="scroll" tabindex="0" aria-label="Messages">
    <button type="button" class="earlier" id="earlier" hidden>Earlier messages</button>
    <div class="empty" id="empty" hidden><svg class="logo" aria-hidden="true"><use href="#icon-logo"/></svg><p>Nothing said in <b>#{{ $room->name }}</b> yet.<br>Be the first.</p></div>
    <ol class="timeline" id="timeline" aria-live="polite"></ol>
  </div>

  <div class="foot">
    <button type="button" class="to-end" id="to-end" hidden><svg class="icon"><use href="#icon-down"/></svg><span>New messages</span></button>
    <p class="typing" id="typing" aria-live="off"></p>
    <form class="composer" id="composer">
      <textarea id="text" rows="1" maxlength="2000" placeholder="Message #{{ $room->name }}" aria-label="Message" enterkeyhint="send" autofocus></textarea>
      <button class="send" id="send" aria-label="Send" disabled><svg class="icon"><use href="#icon-send"/></svg></button>
    </form>
  </div>
</main>

<dialog id="announce-dialog" class="dialog">
  <form method="dialog" id="announce-form">
    <h2>Announce to everybody</h2>
    <p>An ordinary <code>POST</code> to a Laravel controller, which publishes to every open window, in all rooms.</p>
    <textarea name="text" rows="3" maxlength="500" required placeholder="What everybody should know"></textarea>
    <label class="check"><input type="checkbox" name="queued" value="1"> <span>Through the queue <small>(sent by <code>php artisan queue:work</code>)</small></span></label>
    <div class="row"><button type="button" class="plain" data-close>Cancel</button><button class="primary">Announce</button></div>
  </form>
</dialog>
<div class="toasts" id="toasts" aria-live="polite"></div>
@endsection
