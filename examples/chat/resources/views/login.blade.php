@extends('layouts.page')

@section('title', 'Come in')
@section('page', 'door')
@section('script', 'door.js')

@section('content')
<main class="door-card">
  <header class="door-head">
    <svg class="logo" aria-hidden="true"><use href="#icon-logo"/></svg>
    <h1>{{ config('app.name') }}</h1>
    <p>Laravel that talks back: every message here goes through one PHP class, and comes out of it.</p>
  </header>

  <div class="tabs" role="tablist">
    <button type="button" role="tab" data-tab="new" aria-controls="new" @unless($errors->any() || old('from') === 'known') aria-selected="true" @endunless>Pick a name</button>
    <button type="button" role="tab" data-tab="known" aria-controls="known" @if($errors->any() || old('from') === 'known') aria-selected="true" @endif>Log in</button>
  </div>

  <form id="new" role="tabpanel" method="post" action="{{ route('register') }}" @if($errors->any() || old('from') === 'known') hidden @endif>
    @csrf
    <input type="hidden" name="from" value="new">
    <label>
      <span>Your name</span>
      <input name="name" value="{{ old('from') === 'new' ? old('name') : '' }}" required minlength="2" maxlength="30" autocomplete="username" placeholder="How others will see you" autofocus>
      @error('name', 'register')<em role="alert">{{ $message }}</em>@enderror
    </label>
    <label>
      <span>Password <small>optional, to come back under this name</small></span>
      <input name="password" type="password" minlength="4" maxlength="72" autocomplete="new-password">
      @error('password', 'register')<em role="alert">{{ $message }}</em>@enderror
    </label>
    <button class="primary">Start chatting</button>
  </form>

  <form id="known" role="tabpanel" method="post" action="{{ route('login') }}" @unless($errors->any() || old('from') === 'known') hidden @endunless>
    @csrf
    <input type="hidden" name="from" value="known">
    <label>
      <span>Name</span>
      <input name="name" value="{{ old('from') === 'known' ? old('name') : '' }}" required autocomplete="username">
      @error('name')<em role="alert">{{ $message }}</em>@enderror
    </label>
    <label>
      <span>Password</span>
      <input name="password" type="password" required autocomplete="current-password">
      @error('password')<em role="alert">{{ $message }}</em>@enderror
    </label>
    <button class="primary">Log in</button>
    <p class="hint">Demo: <button type="button" class="chip" data-demo="Ada">Ada</button> <button type="button" class="chip" data-demo="Grace">Grace</button> with the password <code>chat</code></p>
  </form>
</main>
@endsection
