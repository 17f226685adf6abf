@php($asset = static fn (string $path): string => "/$path?v=".filemtime(public_path($path)))
<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
  <meta name="color-scheme" content="light dark">
  <meta name="csrf-token" content="{{ csrf_token() }}">
  <title>@yield('title') · {{ config('app.name') }}</title>
  <link rel="icon" href="/favicon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="{{ $asset('css/app.css') }}">
  <script src="{{ $asset('js/theme.js') }}"></script>
  @hasSection('script')
  <script type="module" src="{{ $asset('js/'.trim($__env->yieldContent('script'))) }}"></script>
  @endif
</head>
<body class="@yield('page')">
  @include('layouts.icons')
  @yield('content')
</body>
</html>
