<?php

declare(strict_types=1);

namespace App\Livewire;

use Illuminate\Contracts\View\View;
use Illuminate\Support\Facades\Auth;
use Livewire\Component;

final class Counter extends Component
{
    public int $count = 0;

    public string $note = '';

    public function increment(int $by): void
    {
        $this->count += $by;
        $this->note = Auth::user()?->name.' has counted';
    }

    public function render(): View
    {
        return view('livewire.counter');
    }
}
