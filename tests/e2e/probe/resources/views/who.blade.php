{{ auth()->user()?->name ?? 'nobody' }}, {{ $probe_mark ?? 'no mark' }}, {{ request()->header('X-Mark') ?? 'no header' }}
